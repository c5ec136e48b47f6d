#!/bin/sh
# Configuration and alerts of deploy/prometheus, by promtool.
set -eu
if ! command -v promtool >/dev/null; then
  echo 'Skipped: promtool is not installed (the package prometheus has it).'
  exit 0
fi
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp deploy/prometheus/*.yml "$folder"
# the configuration names a file with a key, which is nobody's to commit
mkdir "$folder/keys"
echo made >"$folder/keys/key"
promtool check config "$folder/prometheus.yml"
promtool test rules "$folder"/*.test.yml
