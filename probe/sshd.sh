# The part of enrolment that asks the OpenSSH server here what would shut the key out. Composed into enrol.sh.
#
# shellcheck shell=sh disable=SC2154,SC2034 # it shares the variables of enrol.sh

# restrictions: prints what goes before command= in the key's line. OpenSSH knows "restrict" since 7.2.
restrictions() {
  case $sshd_version in
    '') say 'no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding,' ;; # dropbear
    [1-6].* | 7.[01]) say 'no-pty,no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-user-rc,' ;;
    *) say restrict, ;;
  esac
}

# setting NAME: what sshd has set for the user virtadmin.
setting() { say "$sshd_settings" | sed -n "s/^$1 //p"; }

# named NAME "PATTERN ...": whether one of sshd's patterns names it.
named() {
  for pattern in $2; do
    # shellcheck disable=SC2254 # it is a pattern
    case $1 in ${pattern%%@*}) return ;; esac
  done
  return 1
}

# look_at_sshd: finds what would shut the key out, and where sshd looks for keys.
look_at_sshd() {
  sshd=$(command -v sshd) || { say 'There is no OpenSSH server here that could be asked for its settings.' && return; }
  sshd_version=$("$sshd" -V 2>&1 | sed -n 's/.*OpenSSH_\([0-9.]*\).*/\1/p' | head -n 1)
  [ "$(restrictions)" = restrict, ] || say "OpenSSH $sshd_version has no \"restrict\" yet: the key gets every restriction by name."
  [ "$uid" -eq 0 ] || return 0
  client=${SSH_CONNECTION:-127.0.0.1}
  client=${client%% *}
  sshd_settings=$("$sshd" -T -C "user=virtadmin,host=$client,addr=$client" 2>/dev/null) ||
    { say "sshd -T failed: whether its settings shut virtadmin out is seen at the new login." && return; }
  shut_out_by_sshd
  find_keys
}

shut_out_by_sshd() {
  config='in the settings of sshd (/etc/ssh/sshd_config and sshd_config.d), then reload it'
  [ "$(setting pubkeyauthentication)" != no ] || fail shut_out "sshd refuses keys for virtadmin: set PubkeyAuthentication yes $config."
  case "$(setting forcecommand)" in '' | none) ;; *) fail shut_out "sshd forces a command on virtadmin: exempt it from ForceCommand $config." ;; esac
  case "$(setting authenticationmethods)" in '' | any | publickey) ;;
    *) named publickey "$(setting authenticationmethods)" || fail shut_out "sshd wants more than a key from virtadmin: exempt it from AuthenticationMethods $config." ;;
  esac
  kinds=$(setting 'pubkeyaccepted[a-z]*' | tr ',' ' ')
  [ -z "$kinds" ] || named "${PUBLIC_KEY%% *}" "$kinds" || fail shut_out "sshd refuses keys of the kind ${PUBLIC_KEY%% *}: add it to PubkeyAcceptedAlgorithms $config."
  allowed=$(setting allowusers) denied=$(setting denyusers)
  [ -z "$allowed" ] || named virtadmin "$allowed" || fail shut_out "sshd lets in certain users alone: add virtadmin to AllowUsers $config."
  ! named virtadmin "$denied" || fail shut_out "sshd shuts virtadmin out: take it from DenyUsers $config."
  allowed=$(setting allowgroups) in_allowed=
  for group in $(id -Gn virtadmin); do
    ! named "$group" "$(setting denygroups)" || fail shut_out "sshd shuts the group $group out: take it from DenyGroups $config."
    ! named "$group" "$allowed" || in_allowed=yes
  done
  [ -z "$allowed" ] || [ "$in_allowed" ] || fail shut_out "sshd lets in certain groups alone: add virtadmin to one of AllowGroups ($(say "$allowed" | tr '\n' ' ')) or its group to the setting."
  [ ! -e /etc/nologin ] || fail shut_out 'The file /etc/nologin keeps everybody but root out. Remove it, then try again.'
}

# find_keys: sets $keys, by preference in the home, else where sshd looks; one file for everybody is no place for a key.
find_keys() {
  found=
  for file in $(setting authorizedkeysfile); do
    case $file in none) continue ;; esac
    place=$(say "$file" | sed "s|%h|$home|g;s|%u|virtadmin|g;s|%%|%|g")
    case $place in /*) ;; *) place=$home/$place ;; esac
    case $place in
      "$home"/*) found=$place && break ;;
      *) case $file in *%u*) found=${found:-$place} ;; esac ;;
    esac
  done
  [ "$found" ] || fail shut_out "sshd looks for keys in \"$(setting authorizedkeysfile)\", which is no place for a key of virtadmin alone: set AuthorizedKeysFile .ssh/authorized_keys for it $config."
  keys=$found
}
