#!/bin/sh
# The command line of an embedded node's OpenClaw; everything but the version is answered by the node itself.
root=@ROOT@
case $1 in
  --version | -V | -v)
    if [ $# -eq 1 ]; then
      echo '@VERSION_TEXT@'
      exit 0
    fi
    ;;
esac
# Which file it looks at is told by its environment, of which the node knows nothing.
case "$1 $2" in 'config validate') set -- "$@" --file "${OPENCLAW_CONFIG_PATH:-}" ;; esac
exec "$root/bin/.ask" openclaw "$@"
