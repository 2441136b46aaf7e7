#!/bin/sh
# The node's own disk, in the portable format; every path of the node is on it.
total_kib=@TOTAL_KIB@
used_kib=@USED_KIB@
available_kib=@AVAILABLE_KIB@
percent=@PERCENT@

unit=1024
size=1024-blocks
for argument in "$@"; do
  case $argument in
    -B1 | --block-size=1) unit=1 size=1B-blocks ;;
    -*m*) unit=1048576 size=1048576-blocks ;;
  esac
done
scaled() { if [ "$unit" = 1 ]; then echo "$(($1 * 1024))"; else echo "$(($1 * 1024 / unit))"; fi; }

echo "Filesystem     $size      Used Available Capacity Mounted on"
echo "/dev/vda1      $(scaled "$total_kib") $(scaled "$used_kib") $(scaled "$available_kib") $percent% /"
