#!/bin/sh
# As the system's own, except for the node's name.
case $1 in
  -n) echo @HOSTNAME@ ;;
  *)
    real=/bin/uname
    [ -x "$real" ] || real=/usr/bin/uname
    exec "$real" "$@"
    ;;
esac
