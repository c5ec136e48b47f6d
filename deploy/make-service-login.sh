#!/bin/sh
# Run once by the image, when the data is new: the service's login, which is no superuser. Its rights
# come from the groups, which the installation fills.
set -eu
psql --no-psqlrc --set=ON_ERROR_STOP=1 --set=password="$MONTHEND_PASSWORD" \
  --username="$POSTGRES_USER" --dbname="$POSTGRES_DB" <<'SQL'
create role monthend_operator nologin;
create role monthend_service nologin;
create role monthend login nosuperuser nocreatedb nocreaterole password :'password'
  in role monthend_operator, monthend_service;
SQL
