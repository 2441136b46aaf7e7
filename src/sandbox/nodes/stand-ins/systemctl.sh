#!/bin/sh
# Answers for the one user service of an embedded node. Reading is done here, from the file that the service publishes;
# changes are asked of the service itself.
root=@ROOT@
unit_file=@UNIT_FILE@
unit_name=@UNIT_NAME@
unit_scope=@UNIT_SCOPE@

scope=system
properties=
value_only=
quiet=
command=
units=
now=
while [ $# -gt 0 ]; do
  case $1 in
    --user) scope=user ;;
    --system) scope=system ;;
    -p | --property)
      properties="$properties,$2"
      shift
      ;;
    --property=*) properties="$properties,${1#*=}" ;;
    -p?*) properties="$properties,${1#-p}" ;;
    --value) value_only=1 ;;
    -P)
      properties="$properties,$2"
      value_only=1
      shift
      ;;
    -q | --quiet) quiet=1 ;;
    --now) now=1 ;;
    --no-pager | --no-ask-password | --plain | --no-legend | --full | -l | --no-block | --all | -a) ;;
    --timestamp=* | --output=*) ;;
    --version)
      echo 'systemd 252 (252.39-1~deb12u1)'
      exit 0
      ;;
    -*)
      echo "systemctl: unrecognized option '$1'" >&2
      exit 1
      ;;
    *) if [ -z "$command" ]; then command=$1; else units="$units $1"; fi ;;
  esac
  shift
done

if [ "$scope" = user ] && [ -z "$XDG_RUNTIME_DIR" ] && [ -z "$DBUS_SESSION_BUS_ADDRESS" ]; then
  echo 'Failed to connect to bus: No medium found' >&2
  exit 1
fi

# is_ours UNIT: whether this scope knows the unit.
is_ours() {
  [ "$scope" = "$unit_scope" ] && [ -f "$unit_file" ] && [ "${1%.service}.service" = "$unit_name" ]
}

# property NAME: its value for our unit.
property() {
  while IFS= read -r line; do
    case $line in "$1="*) echo "${line#*=}" && return ;; esac
  done <"$root/state/unit"
}

wanted() {
  [ -z "$properties" ] && return 0
  case "$properties," in *",$1,"*) return 0 ;; esac
  return 1
}

show() {
  while IFS= read -r line; do
    wanted "${line%%=*}" || continue
    if [ -n "$value_only" ]; then echo "${line#*=}"; else echo "$line"; fi
  done
}

unknown_unit() {
  cat <<EOF
MainPID=0
Result=success
NRestarts=0
ExecMainStartTimestamp=
ExecMainPID=0
ExecMainCode=0
ExecMainStatus=0
Id=$1
Names=$1
Description=$1
LoadState=not-found
ActiveState=inactive
SubState=dead
UnitFileState=
EOF
}

say() { [ -n "$quiet" ] || echo "$1"; }

set -- $units
unit=${1:-}
case $command in
  show)
    if is_ours "$unit"; then show <"$root/state/unit"; else unknown_unit "${unit%.service}.service" | show; fi
    ;;
  is-active)
    state=inactive
    is_ours "$unit" && state=$(property ActiveState)
    say "$state"
    [ "$state" = active ] || exit 3
    ;;
  is-failed)
    state=inactive
    is_ours "$unit" && state=$(property ActiveState)
    say "$state"
    [ "$state" = failed ] || exit 1
    ;;
  is-enabled)
    if ! is_ours "$unit"; then
      echo "Failed to get unit file state for ${unit%.service}.service: No such file or directory" >&2
      exit 1
    fi
    state=$(property UnitFileState)
    say "$state"
    [ "$state" = enabled ] || exit 1
    ;;
  is-system-running) say running ;;
  cat)
    is_ours "$unit" || {
      echo "No files found for ${unit%.service}.service." >&2
      exit 1
    }
    echo "# $unit_file"
    cat "$unit_file"
    ;;
  status)
    is_ours "$unit" || {
      echo "Unit ${unit%.service}.service could not be found." >&2
      exit 4
    }
    state=$(property ActiveState)
    echo "● openclaw-gateway.service - OpenClaw Gateway"
    echo "     Loaded: loaded ($unit_file; $(property UnitFileState); preset: enabled)"
    echo "     Active: $state ($(property SubState)) since $(property StateChangeTimestamp)"
    echo "   Main PID: $(property ExecMainPID) (node)"
    [ "$state" = active ] || exit 3
    ;;
  daemon-reload) exec "$root/bin/.ask" systemctl daemon-reload ;;
  reset-failed) ;;
  start | stop | restart | try-restart | enable | disable)
    if ! is_ours "$unit"; then
      echo "Failed to $command ${unit%.service}.service: Unit ${unit%.service}.service not found." >&2
      exit 5
    fi
    exec "$root/bin/.ask" systemctl "$command" ${now:+--now}
    ;;
  *)
    echo "Unknown command verb $command." >&2
    exit 1
    ;;
esac
