#!/usr/bin/env bash
# Makes what the browser tests need: Chromium, Node with npm, and the locked packages of widget/. Running Candor needs none of it.
# As root on Debian or Ubuntu it installs what is missing; elsewhere it says what to install.
set -euo pipefail
cd "$(dirname "$0")/.."

has_browser() { [ -n "${CANDOR_CHROMIUM:-}" ] || command -v chromium || command -v chromium-browser || command -v google-chrome; }
has_node() { [ "$(node --version 2>/dev/null | sed -E 's/^v([0-9]+).*/\1/')" -ge 18 ] 2>/dev/null && command -v npm; }

missing=()
has_browser >/dev/null || missing+=(chromium)
has_node >/dev/null || missing+=(nodejs npm)
if [ ${#missing[@]} -gt 0 ] && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
  echo "Installing ${missing[*]} for the browser tests ..." >&2
  apt-get update -qq >/dev/null
  DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
fi
if ! has_browser >/dev/null || ! has_node >/dev/null; then
  echo "The tests need Chromium and Node 18 or newer with npm (on Debian: apt-get install chromium nodejs npm)." >&2
  exit 2
fi

mark=$(cksum widget/package-lock.json | cut -d ' ' -f 1)
if [ "$(cat widget/node_modules/.installed 2>/dev/null)" != "$mark" ]; then
  npm ci --prefix widget --silent
  echo "$mark" > widget/node_modules/.installed
fi
