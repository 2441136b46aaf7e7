#!/bin/sh
# Lingering of the node's user, kept in a file.
root=@ROOT@
user=@USER@

linger() { if [ -f "$root/state/linger" ]; then echo yes; else echo no; fi; }

command=
value_only=
for argument in "$@"; do
  case $argument in
    --value) value_only=1 ;;
    --property=* | -p* | --no-pager | Linger) ;;
    -*)
      echo "loginctl: unrecognized option '$argument'" >&2
      exit 1
      ;;
    *) [ -n "$command" ] || command=$argument ;;
  esac
done

case $command in
  show-user) if [ -n "$value_only" ]; then linger; else echo "Linger=$(linger)"; fi ;;
  user-status) echo "$user (1000)" && echo "  Linger: $(linger)" ;;
  enable-linger) : >"$root/state/linger" ;;
  disable-linger) rm -f "$root/state/linger" ;;
  *)
    echo "Unknown command verb $command." >&2
    exit 1
    ;;
esac
