#!/bin/sh
# Writes the snapshots of bicep/snapshots anew, after a change of the infrastructure. Read the
# difference: it is what a deployment would change. With `validate` it only compares.
set -eu

mode=${1:-overwrite}
cd "$(dirname "$0")/../bicep/snapshots"
for parameters in *.bicepparam; do
  set -- --mode "$mode" --subscription-id 00000000-0000-0000-0000-000000000000
  # A template for a resource group is told which; one for a subscription names its own.
  [ "$parameters" != upload-events.bicepparam ] || set -- "$@" --resource-group rg-vod
  "${BICEP_CLI:-bicep}" snapshot "$parameters" "$@"
done

# The compiler shuffles the outputs: in order, a difference is one.
[ "$mode" = validate ] || python3 - ./*.snapshot.json <<'PROGRAM'
import json
import pathlib
import sys

for path in map(pathlib.Path, sys.argv[1:]):
    snapshot = json.loads(path.read_text())
    snapshot["outputs"] = dict(sorted(snapshot.get("outputs", {}).items()))
    path.write_text(json.dumps(snapshot, indent=2, ensure_ascii=False) + "\n")
PROGRAM
