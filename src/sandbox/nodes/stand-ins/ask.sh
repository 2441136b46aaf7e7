#!/bin/sh
# Passes a command to the node and does what it says.
root=@ROOT@
exec @NODE@ "$root/state/ask.mjs" "$root/state/control" "$@"
