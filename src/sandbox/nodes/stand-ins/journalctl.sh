#!/bin/sh
# The journal of the node's one service: a file for each output format, written by the service.
root=@ROOT@

lines=
follow=
format=short
reverse=
while [ $# -gt 0 ]; do
  case $1 in
    --user | --system | --no-pager | -q | --quiet | --no-hostname | --utc | -a | --all | -e | --pager-end | --boot | -b) ;;
    -u | --unit | --user-unit) shift ;;
    -u?* | --unit=* | --user-unit=*) ;;
    -n | --lines)
      lines=$2
      shift
      ;;
    -n?*) lines=${1#-n} ;;
    --lines=*) lines=${1#*=} ;;
    -f | --follow) follow=-f ;;
    -o | --output)
      format=$2
      shift
      ;;
    -o?*) format=${1#-o} ;;
    --output=*) format=${1#*=} ;;
    -r | --reverse) reverse=1 ;;
    *)
      echo "journalctl: unrecognized option '$1'" >&2
      exit 1
      ;;
  esac
  shift
done

journal=$root/state/journal/$format
if [ ! -f "$journal" ]; then
  echo "Unknown output format '$format'." >&2
  exit 1
fi
if [ -n "$follow" ]; then
  exec tail -n "${lines:-10}" -f "$journal"
fi
[ "$lines" = all ] && lines=
if [ -n "$reverse" ]; then
  tail -n "${lines:-+1}" "$journal" | sed '1!G;h;$!d'
else
  exec tail -n "${lines:-+1}" "$journal"
fi
