#!/usr/bin/env bash
# Packs ocm as it is published, installs it as people do, and runs it on every Node that is given.
# package-smoke.sh NODE…: programs to run it with, besides the one on the PATH
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
archive=$(npm pack --silent --pack-destination "$folder")
npm install --global --prefix "$folder/prefix" --no-fund --no-audit --silent "$folder/$archive"
ocm="$folder/prefix/bin/ocm"
installed="$folder/prefix/lib/node_modules/ocm"
if [ -e "$installed/src" ] || [ -e "$installed/test" ]; then
  echo 'the package holds sources' >&2
  exit 1
fi
if [ ! -s "$installed/dist/src/page/index.html" ]; then
  echo 'the package lacks the page' >&2
  exit 1
fi
# The font of the charts is for those who read them; everything else has to stay small.
size=$(du -sm --exclude='@fontsource*' "$folder/prefix" | cut -f1)
echo "$size MB installed, and $(du -sm "$installed/node_modules/@fontsource-variable" | cut -f1) MB of fonts"
if [ "$size" -gt 60 ]; then
  echo 'that is more than 60 MB' >&2
  exit 1
fi
if [ -e "$installed/dist/src/sandbox" ] || ! grep -q '^== discord.js ' "$installed/dist/THIRD-PARTY-LICENSES.txt"; then
  echo 'the package holds the sandbox, or not the licences of what is in it' >&2
  exit 1
fi
if [ ! -s "$installed/dist/sbom.cdx.json" ]; then
  echo 'the package does not say what it is made of' >&2
  exit 1
fi
cd "$folder"
for node in node "$@"; do
  run() { OCM_DATA_DIR="$folder/data" OCM_SSH_AGENT=none "$node" "$ocm" "$@"; }
  [ "$(run version)" = "ocm $("$node" -p "require('$installed/package.json').version")" ]
  run help >/dev/null
  run node list --cached --json | "$node" -e '
    const { schema, outcome } = JSON.parse(require("node:fs").readFileSync(0, "utf8"))
    if (schema !== "ocm/1" || outcome !== "done") process.exit(1)'
  # Nothing is set up for the bot: it has to say so, and to end with the code of a wrong setting.
  code=0
  said=$(run start 2>&1) || code=$?
  if [ "$code" -ne 2 ] || ! grep -q DISCORD_TOKEN <<<"$said"; then
    printf 'ocm start ended with %s and said:\n%s\n' "$code" "$said" >&2
    exit 1
  fi
  echo "installed and run on Node $("$node" -p process.versions.node)"
done
