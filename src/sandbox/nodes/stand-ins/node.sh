#!/bin/sh
# The Node.js that OpenClaw was installed for; it runs on the one that runs the embedded nodes.
case $1 in
  -v | --version) echo v@NODE_VERSION@ ;;
  *) exec @NODE@ --require @SQLITE@ "$@" ;;
esac
