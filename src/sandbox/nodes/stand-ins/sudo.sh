#!/bin/sh
# The login of an embedded bare machine may not become root; the machine that it runs on must not be asked.
echo 'sudo: a password is required' >&2
exit 1
