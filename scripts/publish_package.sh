#!/bin/sh
# Publishes the code to a premium app: packages it with its libraries, puts the package into the host
# account, and restarts the app, which reads it from there with its own identity.
#
#   scripts/publish_package.sh [FILE]   only make FILE, a zip
#
# Without FILE it takes the subscription and the outputs of main.bicep from the environment:
# eval "$(azd env get-values | sed 's/^/export /')".
# Needs Linux on x86-64 and the Python that the app runs on, since libraries are compiled for it:
# FUNCTIONS_PYTHON_VERSION, one of those outputs; PYTHON names its program where it is no python3.11
# or so.
set -eu

[ $# -gt 0 ] || : "${AZURE_SUBSCRIPTION_ID:?is the subscription of the deployment}"
root=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
package=${1:-$work/app.zip}
case $package in /*) ;; *) package=$PWD/$package ;; esac
version=${FUNCTIONS_PYTHON_VERSION:-3.11}
python=${PYTHON:-python$version}
if [ "$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')" != "$version" ]; then
  echo "the app runs on Python $version, and $python is another one: set PYTHON" >&2
  exit 2
fi

# The files that git knows, without those that .funcignore names, as Core Tools has it.
cd "$root"
git ls-files --cached | LC_ALL=C sort > "$work/all"
git ls-files --cached --ignored --exclude-from=.funcignore | LC_ALL=C sort > "$work/left"
LC_ALL=C comm -23 "$work/all" "$work/left" > "$work/files"
mkdir "$work/app"
tar -cf - -T "$work/files" | tar -xf - -C "$work/app"

"$python" -m pip install --quiet --no-deps --require-hashes --only-binary :all: \
  --target "$work/app/.python_packages/lib/site-packages" -r requirements.txt
rm -f "$package"
(cd "$work/app" && "$python" -m zipfile -c "$package" ./*.py ./*.json ./*/ .python_packages)

[ $# -eq 0 ] || exit 0

az() {
  command az "$@" --subscription "$AZURE_SUBSCRIPTION_ID"
}

az storage blob upload --auth-mode login --overwrite --output none \
  --account-name "$HOST_ACCOUNT_NAME" --container-name "$DEPLOYMENTS_CONTAINER" \
  --name app.zip --file "$package"
az functionapp restart --output none \
  --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME"
# Tells what scales the app which triggers the new package has.
az rest --method post --output none --url \
  "$(az functionapp show --resource-group "$AZURE_RESOURCE_GROUP" --name "$AZURE_FUNCTION_APP_NAME" \
    --query id --output tsv)/syncfunctiontriggers?api-version=2024-11-01"
