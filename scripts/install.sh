#!/usr/bin/env bash
# Makes .venv with the locked dependencies: with uv where it works, else with Python 3.10's own venv and pip.
# Usage: scripts/install.sh [--dev]. Does nothing when the locks have not changed since the last time.
set -euo pipefail
cd "$(dirname "$0")/.."

dev=${1:-}
locks=(requirements.txt)
[ "$dev" = "--dev" ] && locks+=(requirements-dev.txt)
mark_of() { cat "$@" pyproject.toml scripts/install.sh | cksum | tr ' ' -; }
mark=$(mark_of "${locks[@]}")
if [ -x .venv/bin/candor ] && [ "$(cat ".venv/.installed$dev" 2>/dev/null)" = "$mark" ]; then exit 0; fi

# "uv --version" is run, not only looked for: a pyenv shim is found even where its uv belongs to another Python.
if uv --version >/dev/null 2>&1; then
  echo "Setting up .venv with uv (about 3 GB, some minutes the first time) ..." >&2
  [ -x .venv/bin/python ] || uv venv --quiet --python 3.10 .venv
  install() { uv pip install --quiet --python .venv/bin/python "$@"; }
elif python3.10 -c 'import venv, ensurepip' >/dev/null 2>&1; then
  echo "Setting up .venv with Python 3.10 and pip (about 3 GB, some minutes the first time) ..." >&2
  [ -x .venv/bin/python ] || python3.10 -m venv .venv
  .venv/bin/python -m pip --version >/dev/null 2>&1 || .venv/bin/python -m ensurepip >/dev/null  # made by uv before
  install() { .venv/bin/python -m pip install -qq --disable-pip-version-check "$@"; }
else
  echo "Candor needs Python 3.10: install it (for example with 'pyenv install 3.10', or your system's python3.10 and python3.10-venv packages) or install uv, then run this again." >&2
  exit 2
fi

requirements=()
for lock in "${locks[@]}"; do requirements+=(-r "$lock"); done
install --no-deps --require-hashes "${requirements[@]}"
install --no-deps --no-build-isolation -e .
echo "$mark" > ".venv/.installed$dev"
mark_of requirements.txt > .venv/.installed
