#!/bin/bash
# What the real image of MySQL 9.7 does with what compose.yaml gives it, step by step and in its order: it asks the server
# what the options mean, takes the secrets out of their files into its environment, makes the folders it will write to,
# and on an empty data folder makes database and users through a server that listens on no network. Then it becomes the
# server. Left out: time zones, files of SQL, random and one-time passwords.
set -eo pipefail

fail() { echo "[ERROR] [Entrypoint]: $*" >&2; exit 1; }

options() { "$@" --verbose --help --log-bin-index="$(mktemp -u)"; }
option() { options "${@:2}" 2>/dev/null | awk -v name="$1" '$1 == name && /^[^ \t]/ {sub(/^[^ \t]+[ \t]+/, ""); print; exit}'; }

secret() {
  local file=${1}_FILE value=${2:-}
  [[ -z ${!1:-} || -z ${!file:-} ]] || fail "Both $1 and $file are set (but are exclusive)"
  if [[ -n ${!1:-} ]]; then value=${!1}; elif [[ -n ${!file:-} ]]; then value=$(<"${!file}"); fi
  export "$1=$value"
  unset "$file"
}

sql() { mysql --defaults-extra-file=<(client) --protocol=socket --user=root --host=localhost --socket="$socket" --database=mysql; }
client() { [[ -z ${known:-} ]] || printf '[client]\npassword=%s\n' "$MYSQL_ROOT_PASSWORD"; }

folders() {
  local folders=("$data" "$(dirname "$socket")") name path
  for name in general-log-file pid-file secure-file-priv slow-query-log-file; do
    path=$(option "$name" "$@")
    [[ -z $path || $path == NULL ]] && continue
    [[ $name == secure-file-priv ]] || path=$(dirname "$path")
    folders+=("$path")
  done
  mkdir -p "${folders[@]}"
  [[ $(id -u) != 0 ]] || find "${folders[@]}" ! -user mysql -exec chown --no-dereference mysql {} +
}

first() {
  [[ -n $MYSQL_ROOT_PASSWORD ]] || fail 'Database is uninitialized and password option is not specified'
  ls /docker-entrypoint-initdb.d/ >/dev/null
  "$@" --initialize-insecure --default-time-zone=SYSTEM
  "$@" --daemonize --skip-networking --default-time-zone=SYSTEM --socket="$socket" || fail 'Unable to start server.'
  {
    echo "ALTER USER root@localhost IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';"
    echo 'GRANT ALL ON *.* TO root@localhost WITH GRANT OPTION;'
    if [[ $MYSQL_ROOT_HOST != localhost ]]; then
      echo "CREATE USER root@'$MYSQL_ROOT_HOST' IDENTIFIED BY '$MYSQL_ROOT_PASSWORD';"
      echo "GRANT ALL ON *.* TO root@'$MYSQL_ROOT_HOST' WITH GRANT OPTION;"
    fi
  } | sql
  known=yes
  {
    echo "CREATE DATABASE IF NOT EXISTS \`$MYSQL_DATABASE\`;"
    echo "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$MYSQL_PASSWORD';"
    echo "GRANT ALL ON \`${MYSQL_DATABASE//_/\\_}\`.* TO '$MYSQL_USER'@'%';"
  } | sql
  mysqladmin --defaults-extra-file=<(client) --user=root shutdown --socket="$socket" || fail 'Unable to shut down server.'
}

[[ ${1:-} != -* ]] || set -- mysqld "$@"
if [[ $1 == mysqld ]]; then
  options "$@" >/dev/null || fail 'mysqld failed while attempting to check config'
  data=$(option datadir "$@") socket=$(option socket "$@")
  secret MYSQL_ROOT_HOST %
  for name in MYSQL_DATABASE MYSQL_USER MYSQL_PASSWORD MYSQL_ROOT_PASSWORD; do secret "$name"; done
  folders "$@"
  [[ $(id -u) != 0 ]] || exec setpriv --reuid=mysql --regid=mysql --clear-groups -- "${BASH_SOURCE[0]}" "$@"
  [[ -d $data/mysql ]] || first "$@"
  usual=$(option socket mysqld --no-defaults)
  [[ $usual == "$socket" ]] || ln -sfT "$socket" "$usual" || :
fi
exec "$@"
