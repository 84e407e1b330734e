#!/bin/sh
# Virtadmin: stop a hub watching this server. It removes that hub's key and, where no other key uses the probe, the
# probe with its files and processes, and the user "virtadmin" if Virtadmin made it and nothing else is in its home.
# It removes nothing it did not make, and says what stays. Lines with an @ are for the hub.
#
# shellcheck shell=sh disable=SC2154,SC2012 # HUB_ID and SERVER_ID stand above when it is composed

say() { printf '%s\n' "$*"; }

fail() {
  say "@fail $*"
  exit 1
}

owner() { ls -dln "$1" 2>/dev/null | { read -r _ _ user _ && say "$user"; }; }

# without FILE EXPRESSION: takes the lines that match from the file, in one step; its mode and owner stay.
without() {
  [ -e "$1" ] || return 0
  cp -p "$1" "$1.new" && sed "$2" "$1" >"$1.new" && mv -f "$1.new" "$1" && return
  rm -f "$1.new"
  fail failed "$1 cannot be written: is the disk full, or read-only?"
}

remove_key() {
  without "$keys" "/ virtadmin:$HUB_ID:$SERVER_ID\$/d"
  without "$marker" "/^key $HUB_ID $SERVER_ID /d"
  if grep -q " virtadmin:$HUB_ID:$SERVER_ID\$" "$keys" 2>/dev/null; then fail failed "The key is still in $keys."; fi
  say '@proof key gone'
}

# running: prints the numbers of the processes that run as the user $number.
running() { find /proc -maxdepth 1 -user "$number" -name '[0-9]*' 2>/dev/null | sed 's|.*/||'; }

# words PID: the words it was started with, blanks between them; nothing where it has ended.
words() { { tr '\0' ' ' <"/proc/$1/cmdline"; } 2>/dev/null; }

# stop_probes: ends this installation's own probes and, of the user virtadmin, sshd's processes that carry them.
stop_probes() {
  for pid in $(running); do
    case $uid,$(words "$pid") in
      *"$home/probe"* | 0,*sshd*virtadmin*) kill "$pid" 2>/dev/null ;;
    esac
  done
}

# still_running: stops the probes; prints what else runs as the user, two seconds given to end.
still_running() {
  for turn in 1 2 3 4 5 6 7 8 9 10; do
    stop_probes
    left=
    for pid in $(running); do
      text=$(words "$pid")
      [ -z "$text" ] || left="$left$pid $text; "
    done
    if [ -z "$left" ] || [ "$turn" -eq 10 ]; then break; fi
    sleep 0.2 2>/dev/null || sleep 1
  done
  say "$left"
}

# remove_files: ours, one by one. Fails, and says so, when somebody else's are there too.
remove_files() {
  for file in probe probe.py probe.sh virtadmin.log probe.new probe.py.new probe.sh.new .virtadmin-marker.new; do
    rm -f "$home/$file"
  done
  rm -rf "$home/env"
  [ -s "$keys" ] || rm -f "$keys"
  if [ "$uid" -eq 0 ]; then rmdir "$home/.ssh" 2>/dev/null; fi
  foreign=$(cd "$home" && find . ! -name . ! -path ./.virtadmin-marker -print | sed 's|^\./||')
  [ -z "$foreign" ] || say "$foreign" | while IFS= read -r file; do say "@left $home/$file"; done
  [ -z "$foreign" ]
}

remove_user() {
  if id virtadmin >/dev/null 2>&1; then delete_user; fi
  rm -f "$leaving"
  say '@proof user gone'
}

delete_user() {
  message=$(userdel virtadmin 2>&1 || deluser virtadmin 2>&1) || fail failed "The user virtadmin stays: $message"
  delgroup virtadmin >/dev/null 2>&1 || groupdel virtadmin >/dev/null 2>&1
  if id virtadmin >/dev/null 2>&1; then fail failed 'The user virtadmin is still there.'; fi
}

as_root() {
  home=/home/virtadmin keys=/home/virtadmin/.ssh/authorized_keys marker=/home/virtadmin/.virtadmin-marker
  leaving=/home/.virtadmin-leaving
  if [ ! -e "$home" ] && [ "$(owner "$leaving")" = 0 ]; then
    remove_user
    say '@proof home gone'
    return
  fi
  if ! id virtadmin >/dev/null 2>&1 && [ ! -e "$home" ]; then
    say '@proof user gone'
    say '@proof home gone'
    return
  fi
  [ "$(owner "$marker")" = 0 ] || fail foreign_account 'There is a user or a home virtadmin that Virtadmin did not make; nothing was touched.'
  number=$(id -u virtadmin 2>/dev/null)
  take_away
}

as_login() {
  home=$HOME/.virtadmin keys=$HOME/.ssh/authorized_keys marker=$home/.virtadmin-marker number=$uid
  if [ ! -e "$marker" ]; then
    remove_key
    say '@proof home gone'
    return
  fi
  take_away
}

take_away() {
  keys=$(sed -n 's/^keys //p' "$marker")
  remove_key
  if grep -q '^key ' "$marker"; then
    say "@left $home, which other keys of Virtadmin still use: $(grep -c '^key ' "$marker")"
    return
  fi
  if [ "$uid" -ne 0 ]; then
    stop_probes
  elif [ -s "$keys" ]; then
    say "@left $keys holds keys of others, so the user virtadmin and its home stay"
    return
  elif [ "$number" ]; then
    left=$(still_running)
    [ -z "$left" ] || fail in_use "Something other than the probe runs as virtadmin, which therefore stays: $left"
  fi
  remove_files || return 0
  if [ "$uid" -eq 0 ]; then
    mv -f "$marker" "$leaving" # tells a next run, should this one be cut off, that the user is ours
  else
    rm -f "$marker"
  fi
  rmdir "$home"
  if [ -e "$home" ]; then fail failed "$home is still there."; fi
  say '@proof home gone'
  if [ "$uid" -eq 0 ]; then remove_user; fi
}

unenrol() {
  LC_ALL=C
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:${PATH:-/usr/bin}
  export LC_ALL PATH
  uid=$(id -u)
  if [ "$uid" -eq 0 ]; then as_root; else as_login; fi
  say '@done'
}
