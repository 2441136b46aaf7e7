#!/bin/sh
# The node's own name; the machine that it runs on has another.
echo @HOSTNAME@
