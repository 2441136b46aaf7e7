import { scriptText } from '../ssh/script-text.ts'

/**
 * Part of a shell script: makes `$work`, a folder of its own below `$home` that nobody else may enter. Needs `home`, and in
 * `marker` the name of the run, which is among the arguments of its shell. Three things remove the folder, each for when the one
 * before was killed: the trap of this shell, a watcher in a session of its own that reads a pipe until everyone who had it
 * open is gone, and the next run of any script with this part, by the name of a run that no process has any more. What runs in
 * the background belongs into `ticker` or `maker`: `clean` ends it. No backup takes the folder.
 */
export const WORK_FOLDER_SCRIPT = scriptText`
# What an earlier run left: nobody runs any more under the name in its folder's name. One that has just begun says soon who it is.
for left in "$home"/.ocm-backup.*; do
  [ -d "$left" ] && ! [ -h "$left" ] && [ -O "$left" ] || continue
  pid=
  [ -s "$left/pid" ] || sleep 1
  [ -r "$left/pid" ] && read -r pid <"$left/pid"
  case $pid in
    '' | *[!0-9]*) ;;
    *) case $(tr '\000' ' ' <"/proc/$pid/cmdline" 2>/dev/null) in *"\${left##*.ocm-backup.}"*) continue ;; esac ;;
  esac
  rm -rf -- "$left"
done

work=$home/.ocm-backup.$marker
mkdir -m 700 "$work" || exit 7
ticker= maker=
clean() {
  [ -z "$maker" ] || kill "$maker" 2>/dev/null
  [ -z "$ticker" ] || kill "$ticker" 2>/dev/null
  rm -rf -- "$work"
}
trap clean EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 141' PIPE
trap 'exit 143' TERM
echo "$$" >"$work/pid"
mkfifo "$work/alive" || exit 7
watcher='trap "" HUP INT TERM; while read -r line; do :; done <"$1/alive"; rm -rf -- "$1"'
own=
command -v setsid >/dev/null 2>&1 && own=setsid
$own sh -c "$watcher" ocm-backup-watcher "$work" </dev/null >/dev/null 2>&1 &
exec 9>"$work/alive"
`
