#!/bin/bash
# What the real image does for those who start it with secrets as files: on an empty data folder it makes the database and
# its user with a server that listens on no network, then it becomes the server.
set -euo pipefail
[[ ${1:-} != -* ]] || set -- mysqld "$@"
if [[ ! -d /var/lib/mysql/mysql ]]; then
  secret() { local file=${1}_FILE; cat "${!file}"; }
  "$@" --initialize-insecure
  {
    echo "CREATE DATABASE \`$MYSQL_DATABASE\`;"
    echo "CREATE USER '$MYSQL_USER'@'%' IDENTIFIED BY '$(secret MYSQL_PASSWORD)';"
    echo "GRANT ALL ON \`$MYSQL_DATABASE\`.* TO '$MYSQL_USER'@'%';"
    echo "ALTER USER root@localhost IDENTIFIED BY '$(secret MYSQL_ROOT_PASSWORD)';"
    echo 'SHUTDOWN;'
  } >/tmp/first.sql
  "$@" --skip-networking --init-file=/tmp/first.sql
  rm /tmp/first.sql
fi
exec "$@"
