#!/bin/sh
# What the real images of Valkey 9 do before they become the server: as root they become valkey; anybody else must be able
# to write to the folder they are started in, or it ends (9.1; later ones only warn).
set -eu
case ${1:-} in -* | *.conf) set -- valkey-server "$@" ;; esac
if [ "$1" = valkey-server ]; then
  if [ "$(id -u)" = 0 ]; then
    find . ! -user valkey -exec chown valkey {} +
    exec setpriv --reuid=valkey --regid=valkey --clear-groups -- "$0" "$@"
  fi
  [ -w . ] || { echo "error: directory is not writable by current user ($(id -u))" >&2; exit 1; }
fi
[ "$(umask)" != 0022 ] || umask 0077
exec "$@"
