#!/bin/sh
# Builds sdist and wheel, installs the wheel with all that it needs into an empty root, and serves the demo from there:
#     install_root.sh ROOT [DIST]
# What is there afterwards is what a package would hold: everything under ROOT/usr, nothing in ROOT/etc, ROOT/var and
# ROOT/usr/local. The libraries lie where PYTHON (python3) looks for a package's; sdist and wheel are left in DIST.
set -eu
root=${1:?usage: install_root.sh ROOT [DIST]}
source=$(cd "$(dirname "$0")/.." && pwd)
# A venv's python has a layout of its own; a package is for the python that the venv was made with.
python=$("${PYTHON:-python3}" -c 'import sys; print(sys._base_executable)')

mkdir -p "$root"
root=$(cd "$root" && pwd)
if [ -n "$(ls -A "$root")" ]; then
    echo "install_root.sh: $root is not empty" >&2
    exit 2
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
mkdir -p "${2:-$scratch/dist}"
dist=$(cd "${2:-$scratch/dist}" && pwd)

"$python" -m venv "$scratch/venv"
pip="$scratch/venv/bin/python -m pip --disable-pip-version-check --quiet"
$pip install hatchling
# The wheel is built of the sdist, so both have all that they need.
(cd "$source" && "$scratch/venv/bin/python" -m hatchling build --target sdist --directory "$dist" >/dev/null 2>&1)
$pip wheel --no-deps --no-build-isolation --wheel-dir "$dist" "$dist"/*.tar.gz

# Debian's and Fedora's python put what pip installs under /usr/local, unless they are told that a package is made.
install() {
    DEB_PYTHON_INSTALL_LAYOUT=deb_system RPM_BUILD_ROOT=$root $pip --python "$python" install --root "$root" \
        --prefix /usr --ignore-installed --no-warn-script-location "$@"
}
install --require-hashes --requirement "$source/packaging/requirements/run.txt"
install --no-deps "$dist"/*.whl
for name in "$root"/* "$root"/usr/*; do
    case $name in
    "$root"/usr | "$root"/usr/bin | "$root"/usr/lib | "$root"/usr/lib64 | "$root"/usr/share) ;;
    *) echo "install_root.sh: $name is not where a package has its files" >&2 && exit 1 ;;
    esac
done

cd /
exec "$python" -I "$source/packaging/serve_root.py" "$root"
