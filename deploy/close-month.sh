#!/bin/sh
# The close without a schedule of ours, for cron or a CronJob that runs on the nights of the 28th to
# the 31st: closes the month whose last day it is, in the zone of TZ, or goes on with its batch.
set -eu
cd "$(dirname -- "$0")/.."
period=$(./monthend --node deploy/period-to-close.ts)
if [ -z "$period" ]; then
  echo 'It is not the last day of the month: nothing to close.'
  exit 0
fi
code=0
./monthend close "$period" "$@" || code=$?
# 4: an earlier try holds the period, or has closed it
if [ "$code" = 4 ]; then exec ./monthend resume "$period-MONTHEND" "$@"; fi
exit "$code"
