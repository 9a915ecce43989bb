#!/bin/sh
# Builds the wheel and installs it, with all that it needs, into an empty root: install_root.sh ROOT
# What is there afterwards is what a package would hold: everything under ROOT/usr, nothing in ROOT/etc and ROOT/var.
set -eu
root=${1:?usage: install_root.sh ROOT}
source=$(cd "$(dirname "$0")/.." && pwd)
python=${PYTHON:-python3}
pip="$python -m pip --disable-pip-version-check --quiet"

mkdir -p "$root"
if [ -n "$(ls -A "$root")" ]; then
    echo "install_root.sh: $root is not empty" >&2
    exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
$pip wheel --no-deps --wheel-dir "$scratch" "$source"
$pip install --root "$root" --prefix /usr --ignore-installed --no-warn-script-location \
    --require-hashes --requirement "$source/packaging/requirements/run.txt"
$pip install --root "$root" --prefix /usr --ignore-installed --no-warn-script-location --no-deps "$scratch"/*.whl
