#!/bin/sh
# Virtadmin: let a hub watch this server over SSH. This is all it does, and it may be run again to repair:
#
#   user         as root: makes the system user "virtadmin", without a password
#   home         its home, /home/virtadmin, with the two probes (below, at the end): everything in it belongs to root
#   key          installs the hub's public key so that it runs the probe and nothing else: no shell, no forwarding
#   environment  a Python environment for the probe, where there is Python 3.6 or newer
#   first_run    runs the probe once as that user
#
# Run by somebody who is not root it makes no user: it installs for that login alone, in ~/.virtadmin.
# It leaves a user "virtadmin" alone that it did not make, and takes back what it made when a first run of it fails.
# It prints what it does; lines with an @ are for the hub.
#
# shellcheck shell=sh disable=SC2154,SC2012,SC2034 # the values stand above it, and sshd.sh below, when it is composed

say() { printf '%s\n' "$*"; }
step() { say "@step $1"; }

# fail CODE SENTENCE: ends it. What a first enrolment made goes again (see undo).
fail() {
  say "@fail $*"
  exit 1
}

# undo: on the way out, unless it succeeded.
undo() {
  trap '' HUP INT PIPE TERM
  [ "$succeeded" ] && return
  [ "$made_key" ] && key_line_removed "$keys"
  [ "$made_keys_file" ] && rm -f "$keys"
  [ "$made_ssh" ] && rmdir "$made_ssh"
  if [ "$made_home" ]; then rm -rf "$home"; elif [ "$made_key" ]; then marker_without_us; fi
  [ "$made_user" ] && { userdel virtadmin || deluser virtadmin; }
  [ "$made_home$made_user$made_key" ] && say 'What was made has been removed again.'
} 2>/dev/null

# explain ERROR WHAT: fails with the reason that a program's message gives.
explain() {
  case $1 in
    *'No space left'* | *'quota exceeded'*) fail disk_full "$2: the disk is full. Free some space there, then try again." ;;
    *'ead-only file system'*) fail read_only "$2: the file system is read-only. Mount it writable, then try again." ;;
    *'ermission denied'* | *'not permitted'*) fail no_rights "$2: permission denied. Enrol with root, or a user who may use sudo." ;;
    *) fail failed "$2: $(printf '%s' "$1" | tr '\n' ' ')" ;;
  esac
}

# doing WHAT COMMAND ...: runs the command; fails with its message.
doing() {
  what=$1
  shift
  message=$("$@" 2>&1) || explain "$message" "$what"
}

# written FILE MODE: standard input to the file in one step, so that a cut connection leaves no half of it.
written() {
  cat >"$1.new" && chmod "$2" "$1.new" && { [ "$uid" -ne 0 ] || chown 0:0 "$1.new"; } && mv -f "$1.new" "$1" && return
  rm -f "$1.new"
  return 1
}

put_probe_py() { probe_py | written "$home/probe.py" 644; }
put_probe_sh() { probe_sh | written "$home/probe.sh" 644; }

put_launcher() {
  written "$home/probe" 755 <<END
#!/bin/sh
# Virtadmin's launcher: the hub's key runs this and nothing else. The first word is the hub's name, for log lines.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
export PATH LC_ALL
for python in '$home/env/bin/python3' '$python'; do
  if [ -x "\$python" ]; then exec "\$python" -I -S '$home/probe.py' "\$1" '$home/virtadmin.log'; fi
done
exec /bin/sh '$home/probe.sh' "\$1" '$home/virtadmin.log'
END
}

# The marker tells what is ours: "keys FILE", and "key HUB SERVER NAME" for every key that uses this installation.
# A key of the same hub for another server (or of another hub) stays.
put_marker() {
  {
    say '# Made by Virtadmin; the hub reads it to know that this is its own.'
    say "keys $keys"
    { grep '^key ' "$marker" || :; } | sed "/^key $HUB_ID $SERVER_ID /d"
    say "key $HUB_ID $SERVER_ID $HUB_NAME"
  } 2>/dev/null | written "$marker" 644
}

marker_without_us() { sed "/^key $HUB_ID $SERVER_ID /d" "$marker" | written "$marker" 644; }

# owner FILE: the number of the user it belongs to.
owner() { ls -dln "$1" 2>/dev/null | { read -r _ _ user _ && say "$user"; }; }

as_user() {
  if [ "$uid" -ne 0 ]; then
    /bin/sh -c "$1"
  elif command -v runuser >/dev/null; then
    runuser -u virtadmin -- /bin/sh -c "$1"
  else
    su -s /bin/sh virtadmin -c "$1"
  fi
}

look_at_system() {
  id=$(sed -n 's/^ID=//p' /etc/os-release 2>/dev/null | tr -d '"')
  say "@system $(uname -s) $(uname -r) ${id:-unknown}"
  for file in /proc/stat /proc/meminfo /proc/self/mountinfo; do
    [ -r "$file" ] || fail no_proc "There is no $file, and the probe needs what a Linux kernel shows there. This is: $(uname -a)"
  done
}

make_user() {
  step user
  if [ "$uid" -ne 0 ]; then
    say "Without the rights of root this installs for $login alone."
    return
  fi
  if id virtadmin >/dev/null 2>&1; then
    [ "$(owner "$marker")" = 0 ] || [ "$(owner "${home%/*}/.virtadmin-leaving")" = 0 ] ||
      fail foreign_account "There is a user virtadmin that Virtadmin did not make; it is left alone. Rename it, or enrol without root."
    say 'The user virtadmin is there.'
  else
    [ ! -e "$home" ] || rmdir "$home" 2>/dev/null || [ "$(owner "$marker")" = 0 ] ||
      fail foreign_account "There is a folder $home that Virtadmin did not make; it is left alone. Move it away."
    [ -w /etc ] || fail read_only 'The folder /etc is read-only. Mount it writable, then try again.'
    made_home=yes made_user=yes
    doing "Making $home" mkdir -p "$home"
    doing "Writing $home" put_marker # before the user, so that an enrolment cut off here is known as ours
    new_user
    say 'Made the user virtadmin.'
  fi
  # A "!" would shut out keys too where sshd does without PAM; with "*" no password fits either.
  if command -v usermod >/dev/null; then
    doing 'The user virtadmin' usermod -p '*' -s /bin/sh -d "$home" -e '' -f -1 virtadmin
  else
    doing 'The user virtadmin' chpasswd -e <<END
virtadmin:*
END
  fi
}

new_user() {
  if command -v useradd >/dev/null; then
    grep -q '^virtadmin:' /etc/group && group=-gvirtadmin || group=-U
    doing 'Making the user virtadmin' useradd -r "$group" -M -d "$home" -s /bin/sh -c 'Virtadmin probe' virtadmin
  elif command -v adduser >/dev/null; then
    grep -q '^virtadmin:' /etc/group || doing 'Making the group virtadmin' addgroup -S virtadmin
    doing 'Making the user virtadmin' adduser -S -D -H -h "$home" -s /bin/sh -G virtadmin -g 'Virtadmin probe' virtadmin
  else
    fail no_useradd 'There is neither useradd nor adduser. Make a user virtadmin with /bin/sh yourself and enrol with its login.'
  fi
}

make_home() {
  step home
  if [ ! -d "$home" ]; then
    made_home=yes
    doing "Making $home" mkdir -p "$home"
  fi
  if [ "$uid" -eq 0 ]; then
    doing "Making $home root's" chown 0:0 "$home"
    doing "Making $home root's" chmod 755 "$home"
    for file in .ssh env; do
      if [ -e "$home/$file" ]; then doing "Making $home/$file root's" chown -hR 0:0 "$home/$file"; fi
    done
  fi
  doing "Writing $home" put_marker
  doing "Writing $home" put_probe_py
  doing "Writing $home" put_probe_sh
  doing "Writing $home" log_file
  say "The probe is in $home."
}

# The one file there that the probe may write.
log_file() {
  : >>"$home/virtadmin.log" && chmod 640 "$home/virtadmin.log" && { [ "$uid" -ne 0 ] || chown virtadmin "$home/virtadmin.log"; }
}

install_key() {
  step key
  look_at_sshd
  [ ! -L "$keys" ] || keys=$(readlink -f "$keys")
  doing "Writing $home" put_marker
  case $old_keys in '' | "$keys") ;; *) key_line_removed "$old_keys" 2>/dev/null ;; esac
  case $keys in "$account_home/.ssh/"*)
    if [ ! -d "$account_home/.ssh" ]; then
      made_ssh=$account_home/.ssh
      doing "Making $made_ssh" mkdir -m "$ssh_mode" "$made_ssh"
    elif [ "$uid" -eq 0 ]; then
      doing "Opening $account_home/.ssh" chmod "$ssh_mode" "$account_home/.ssh"
    fi ;;
  esac
  doing "Making the folder of $keys" mkdir -p "${keys%/*}"
  [ -e "$keys" ] || made_keys_file=yes
  line="$(restrictions)command=\"exec /bin/sh '$home/probe' $HUB_NAME\" $PUBLIC_KEY virtadmin:$HUB_ID:$SERVER_ID"
  if grep -qxF "$line" "$keys" 2>/dev/null; then
    say "The key is in $keys."
  else
    grep -q " virtadmin:$HUB_ID:$SERVER_ID\$" "$keys" 2>/dev/null || made_key=yes
    doing "Writing $keys" put_key_line
    say "Installed the key in $keys."
  fi
  if [ "$uid" -eq 0 ]; then doing "Making $keys root's" chown 0:0 "$keys" && doing "Opening $keys" chmod 644 "$keys"; fi
  if command -v restorecon >/dev/null && selinuxenabled 2>/dev/null; then
    restorecon -R "$home" "$keys" && say 'Set the SELinux contexts.'
  fi
}

# Lines of others stay byte for byte, the file's mode and owner too.
put_key_line() {
  if [ -e "$keys" ]; then
    cp -p "$keys" "$keys.new" && { sed "/ virtadmin:$HUB_ID:$SERVER_ID\$/d" "$keys" && say "$line"; } >"$keys.new"
  else
    say "$line" >"$keys.new" && chmod 600 "$keys.new"
  fi && mv -f "$keys.new" "$keys" && return
  rm -f "$keys.new"
  return 1
}

key_line_removed() {
  cp -p "$1" "$1.new" && sed "/ virtadmin:$HUB_ID:$SERVER_ID\$/d" "$1" >"$1.new" && mv -f "$1.new" "$1"
}

# find_python: sets $python to the first Python that is new enough and runs for the user, or to nothing.
find_python() {
  for python in python3 python3.13 python3.12 python3.11 python3.10 python3.9 python3.8 python3.7 python3.6 /usr/libexec/platform-python; do
    python=$(command -v "$python") || continue
    as_user "'$python' -I -S -c 'import sys, os, select, time; sys.exit(sys.version_info < (3, 6))'" 2>/dev/null && return
  done
  python=
}

make_environment() {
  step environment
  find_python
  kind='sh'
  if [ -z "$python" ]; then
    say 'There is no Python 3.6 or newer here: the probe runs in sh.'
  elif environment_works || { rm -rf "$home/env"; made=$("$python" -I -m venv --without-pip "$home/env" 2>&1) && environment_works; }; then
    kind=python
    say "The probe runs in an environment of its own, $home/env, made from $python."
  else
    kind=plain-python
    rm -rf "$home/env"
    say "Python's venv does not work here, so the probe runs in the plain $python: $(say "${made:-}" | tail -n 1)"
  fi
  doing "Writing $home" put_launcher
}

environment_works() { [ -f "$home/env/pyvenv.cfg" ] && as_user "'$home/env/bin/python3' -I -S -c ''" 2>/dev/null; }

first_run() {
  step first_run
  answer=$(say sample | as_user "unset SSH_ORIGINAL_COMMAND; exec /bin/sh '$home/probe' $HUB_NAME" 2>&1)
  case $answer in
    'virtadmin-probe 1 sample'*'virtadmin-probe end') say "The probe answers with $(say "$answer" | wc -l) lines." ;;
    *) fail first_run_failed "The probe did not answer as user $login. It said: $(say "$answer" | tail -n 3 | tr '\n' ' ')" ;;
  esac
}

enrol() {
  set -f
  LC_ALL=C
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${PATH:-/usr/bin}
  export LC_ALL PATH
  uid=$(id -u)
  succeeded='' made_user='' made_home='' made_ssh='' made_keys_file='' made_key='' sshd_version='' python=''
  if [ "$uid" -eq 0 ]; then
    umask 022
    login=virtadmin home=/home/virtadmin account_home=/home/virtadmin ssh_mode=755
  else
    umask 077
    login=$(id -un) account_home=${HOME:-/} home=${HOME:-}/.virtadmin ssh_mode=700
    case $home in *[\'\"\\%]*) fail no_rights "The home $HOME has a quote in its name, which a key's line cannot hold." ;; esac
  fi
  keys=$account_home/.ssh/authorized_keys marker=$home/.virtadmin-marker
  old_keys=$(sed -n 's/^keys //p' "$marker" 2>/dev/null)
  trap undo EXIT
  trap 'exit 1' HUP INT PIPE TERM
  look_at_system
  make_user
  make_home
  install_key
  make_environment
  first_run
  succeeded=yes
  if [ "$uid" -eq 0 ]; then say "@done root $login $kind"; else say "@done user $login $kind"; fi
}
