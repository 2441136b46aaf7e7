#!/bin/sh
# The node's clock is off by a number of seconds; only the epoch formats are answered from it.
skew=@SKEW_SECONDS@
real=/bin/date
[ -x "$real" ] || real=/usr/bin/date

case "$*" in
  +%s) echo "$(($($real +%s) + skew))" ;;
  +%s%3N | +%s%N)
    now=$($real "$1")
    digits=${now#??????????}
    echo "$((${now%"$digits"} + skew))$digits"
    ;;
  *) exec "$real" "$@" ;;
esac
