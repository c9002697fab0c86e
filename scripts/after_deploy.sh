#!/bin/sh
# What azd runs after each deployment of the code: the events of uploads, and then, where it is wanted
# (azd env set RUN_DOCTOR true), a clip that goes all the way through the app.
set -eu

here=$(dirname "$0")
"$here/subscribe_uploads.sh"
if [ "${RUN_DOCTOR:-false}" = true ]; then
  exec "$here/doctor.sh"
fi
# shellcheck disable=SC2016  # it is for the reader to run
echo 'To prove the deployment with a clip: eval "$(azd env get-values | sed "s/^/export /")" && scripts/doctor.sh'
