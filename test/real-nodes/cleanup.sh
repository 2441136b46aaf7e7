#!/usr/bin/env bash
# Removes everything that a fleet of real nodes leaves on the host: processes, mounts, network namespaces, links, control
# groups and files. Everything of a fleet is named ocmrn-FLEET-K, or lies in /run/ocmrn/FLEET.
#
# usage: cleanup.sh            remove every fleet whose owner (the test process) is gone
#        cleanup.sh FLEET      remove this fleet
#        cleanup.sh --list     print what there is of any fleet, one thing a line; removes nothing
set -euo pipefail

readonly RUN=/run/ocmrn
readonly HIERARCHIES=(/sys/fs/cgroup /sys/fs/cgroup/systemd /sys/fs/cgroup/unified)

cgroups() {
  local hierarchy
  for hierarchy in "${HIERARCHIES[@]}"; do
    [[ -d $hierarchy ]] && find "$hierarchy" -maxdepth 1 -type d -name "ocmrn-$1-*"
  done
  return 0
}

# Processes in the control groups of a fleet; a node's own processes are all below them.
processes() {
  local group
  for group in $(cgroups "$1"); do
    find "$group" -name cgroup.procs -exec cat {} + 2>/dev/null | grep -vx 0 || true
  done | sort -un
}

# The newest mount first, so that a root goes before the disk below it.
mounts() { awk -v name="$1" '{ for (i = 1; i <= NF; i++) if ($i == "-" && $(i + 2) ~ "^ocmrn-" name "-") print $5 }' /proc/self/mountinfo | tac; }
namespaces() { ip netns list | awk -v name="$1" '$1 ~ "^ocmrn-" name "-" { print $1 }'; }
links() { ip -o link show | awk -F': ' -v name="$1" '{ sub(/@.*/, "", $2); if ($2 ~ "^ocmrn-" name "-") print $2 }'; }

list() {
  local any='[0-9a-f]+'
  processes '*' | sed 's/^/process /'
  mounts "$any" | sed 's/^/mount /'
  namespaces "$any" | sed 's/^/namespace /'
  links "$any" | sed 's/^/link /'
  cgroups '*' | sed 's/^/cgroup /'
  find "$RUN" -mindepth 1 -maxdepth 1 2>/dev/null | sed 's/^/file /' || true
}

fleets() {
  list | grep -oE 'ocmrn(/|-)[0-9a-f]{4}\b' | sed -E 's/ocmrn.//' | sort -u
}

# alive FLEET: whether the process that owns it still runs. A process id alone may have been given to another process.
alive() {
  local pid started
  read -r pid started <"$RUN/$1/owner" 2>/dev/null || return 1
  [[ -r /proc/$pid/stat && $(sed 's/.*) //' "/proc/$pid/stat" | cut -d' ' -f20) == "$started" ]]
}

# The killed processes need a moment to go; a busy mount is detached in the end rather than kept.
remove() {
  local fleet=$1 attempt name left
  for attempt in $(seq 100); do
    left=$(processes "$fleet")
    [[ -n $left ]] || break
    # shellcheck disable=SC2086
    kill -KILL $left 2>/dev/null || true
    sleep 0.05
  done
  for name in $(mounts "$fleet"); do umount "$name" 2>/dev/null || umount --lazy "$name" || true; done
  for name in $(namespaces "$fleet"); do ip netns delete "$name" || true; done
  for name in $(links "$fleet"); do ip link delete "$name" 2>/dev/null || true; done
  for name in $(cgroups "$fleet"); do find "$name" -depth -type d -exec rmdir {} + 2>/dev/null || true; done
  find "$RUN" -maxdepth 1 -type l -lname "$fleet" -delete 2>/dev/null || true
  rm -rf --one-file-system "${RUN:?}/$fleet" /run/systemd/nspawn/propagate/ocmrn-"$fleet"-*
  rmdir "$RUN" 2>/dev/null || true
}

case ${1:-} in
  --list) list ;;
  '') for fleet in $(fleets); do alive "$fleet" || remove "$fleet"; done ;;
  *) remove "$1" ;;
esac
