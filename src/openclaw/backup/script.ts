import { scriptText } from '../../ssh/script-text.ts'
import { WORK_FOLDER_SCRIPT } from '../work-folder.ts'

const BEGIN = scriptText`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin; export PATH
umask 077
marker=$1 state=$2 node=$3 program=$4 agent=$5 openclaw=$6 marked=$7
shift 7
home=$(cd -P "$HOME" && pwd -P) || exit 4

expand() {
  case $1 in
    '') X=$HOME/.openclaw ;;
    '~') X=$HOME ;;
    '~/'*) X=$HOME/\${1#??} ;;
    *) X=$1 ;;
  esac
}
# Where $1 really lies: $R. The dot keeps a line break at the end of a name.
real() {
  if [ -d "$1" ]; then R=$(cd -P "$1" 2>/dev/null && pwd -P && echo .)
  else R=$(readlink -f "$1" 2>/dev/null && echo .)
  fi
  R=\${R%.}
  R=\${R%?}
  case $R in /*) return 0 ;; *) return 1 ;; esac
}

expand "$state"
given=$X
[ -d "$given" ] || { [ -e "$given" ] && exit 4; exit 3; }
[ -r "$given" ] && [ -x "$given" ] && real "$given" || exit 4
state=$R
[ -z "$agent" ] || [ -d "$state/agents/$agent" ] || exit 3
case $(tar --version 2>/dev/null) in *'GNU tar'*) ;; *) exit 5 ;; esac
[ -x "$node" ] || node=$(command -v node) || exit 6
`

const STREAM = scriptText`
mkdir "$work/copies" "$work/made" || exit 7
# The sum of what du tells, in KiB.
summed() {
  sum=0
  while read -r kib name; do sum=$((sum + kib)); done
  echo "$sum"
}

printf '<<ocm-backup %s\n' "$marker"
# The copy of a large database takes minutes in which nothing is sent: what grows is told. A signal may be lost while a
# shell has just forked: what ends it for certain is that its file is empty or gone.
echo yes >"$work/ticking"
(
  exec 9>&-
  trap - EXIT
  last=
  while sleep 2 >/dev/null && [ -s "$work/ticking" ]; do
    now=$(du -sk "$work/copies" "$work/made" 2>/dev/null | summed)
    [ "$now" = "$last" ] || echo "tick $now"
    last=$now
  done
) </dev/null 2>/dev/null &
ticker=$!

root() {
  printf '%s\000%s\000%s\000' "$1" "$2" "$3" >>"$work/roots"
}
# The find of a root that vanished or may not be read in part still lists the rest: what is missing is told.
list() {
  case $lines in
    listed) find "$1" -name '.ocm-backup.*' -prune -o -printf '%p\001%y %i %s %T@ %C@\000' ;;
    *) find "$1" -name '.ocm-backup.*' -prune -o -print0 ;;
  esac >>"$work/$lines" 2>>"$work/find"
}
add() {
  if ! [ -e "$2" ] || ! real "$2"; then root missing "$2" "$1"; return; fi
  case $state/ in "$R"/*) root refused "$2" "$R"; return ;; esac
  case $home/ in "$R"/*) root refused "$2" "$R"; return ;; esac
  case $R/ in
    /proc/* | /sys/* | /dev/*) root refused "$2" "$R" ;;
    "$state"/*) root "$1" "$2" "$R"; [ -z "$agent" ] || list "$R" ;;
    *) root "$1" "$2" "$R"; list "$R" ;;
  esac
}
list_all() {
  lines=list
  # Where find can, it tells of each file what it would take Node.js longer to look at.
  [ -z "$marked" ] || case $(find / -prune -printf told 2>/dev/null) in told) lines=listed ;; esac
  if [ -z "$agent" ]; then
    root state "$given" "$state"
    list "$state"
  fi
  [ -z "$agent" ] || add agent "$state/agents/$agent"
  while [ $# -gt 1 ]; do
    expand "$2"
    add "$1" "$X"
    shift 2
  done
  # A link out of the state directory: what OpenClaw sees behind it would be lost.
  for link in "$state"/* "$state"/.[!.]* "$state"/agents/* "$state"/agents/*/*; do
    case $agent in '') ;; *) case $link in "$state/agents/$agent"/*) ;; *) continue ;; esac ;; esac
    [ -h "$link" ] && [ -e "$link" ] && add linked "$link"
  done
}
: >"$work/find"
# Node.js takes longer to start than find to list: it starts meanwhile, and waits until the list is whole.
exec 8<&0
(
  trap - EXIT
  list_all "$@" </dev/null 8<&-
) | "$node" --no-warnings -e "$program" "$work" "$state" "\${openclaw:+no-marks}" 3<&0 <&8 8<&- >"$work/facts" 2>"$work/said"
made=$?
exec 8<&-
[ -s "$work/list" ] || [ -s "$work/listed" ] || exit 8
archive=
if [ $made -eq 0 ] && [ -n "$openclaw" ]; then
  # A whole archive, and beside it copies of OpenClaw's own of all databases.
  need=$(
    {
      du -sk "$work/copies"
      tr '\000' '\n' <"$work/roots" | while read -r kind && read -r given_as && read -r place; do
        case "$kind $place/" in
          "missing "* | "refused "*) ;;
          "state "*) du -sk "$place" ;;
          *" $state"/*) ;;
          *) du -sk "$place" ;;
        esac
      done
    } 2>/dev/null | summed
  )
  free=$(df -kP "$work" | tail -n 1 | { read -r device all used free rest; echo "$free"; })
  rm -rf -- "$work/copies"
  if [ "$need" -gt "$free" ] || ! mkdir "$work/made/tmp" "$work/made/out"; then
    printf 'needs %s of %s KiB' "$need" "$free" >"$work/said"
    made=7
  else
    PATH=\${node%/*}:$PATH
    TMPDIR=$work/made/tmp
    export TMPDIR
    [ "$given" = "$HOME/.openclaw" ] || { OPENCLAW_STATE_DIR=$given; export OPENCLAW_STATE_DIR; }
    case $openclaw in *.js | *.mjs | *.cjs) set -- "$node" "$openclaw" ;; *) set -- "$openclaw" ;; esac
    "$@" backup create --output "$work/made/out" --json </dev/null >"$work/told" 2>"$work/said" &
    maker=$!
    wait "$maker" || made=9
    maker=
    for archive in "$work"/made/out/*.tar.gz; do [ -f "$archive" ] || made=9; done
    [ $made -ne 9 ] || [ -s "$work/said" ] || cat "$work/told" >"$work/said"
  fi
fi
: >"$work/ticking"
kill "$ticker" 2>/dev/null
wait "$ticker" 2>/dev/null
ticker=
if [ $made -ne 0 ]; then
  head -c 1500 "$work/said" >&2
  case $made in 7 | 9) exit $made ;; *) exit 8 ;; esac
fi
cat "$work/facts"
printf '\ntar %s\n' "$marker"

if [ -n "$openclaw" ]; then
  cat "$archive" 2>"$work/complaints"
else
  tar --create --file=- --format=gnu --numeric-owner --hard-dereference --ignore-failed-read --no-recursion \
    --null --verbatim-files-from -C / -T "$work/files" -C "$work/copies" -T "$work/copied" 2>"$work/complaints"
fi
code=$?
complaints=
[ ! -s "$work/complaints" ] || complaints=$(head -c 60000 "$work/complaints")
clean
left=no
[ -e "$work" ] && left=yes
printf '\n<<ocm-backup-end %s\nend {"tar":%s,"left":"%s"}\n%s\nocm-backup-end %s>>\n' \
  "$marker" "$code" "$left" "$complaints" "$marker"
`

/**
 * Streams what a node has to keep as one plain tar, or as the tar.gz that its own OpenClaw makes. POSIX sh (dash, bash, busybox ash) with GNU tar and find. On stdout:
 * `<<ocm-backup MARKER`, lines `tick KIB` while databases are copied, one line `facts JSON`, `marks BYTES` and the marks of
 * files as so many bytes of gzip, `tar MARKER`, the bytes of the archive, and behind them `<<ocm-backup-end MARKER`, one
 * line `end JSON`, what tar complained of, and `ocm-backup-end MARKER>>`. Whatever a start-up file prints comes before the
 * first marker. On stdin the marks of what need not come again; see {@link BACKUP_PROGRAM}.
 *
 * Arguments: 1 marker, 2 state directory or '' for ~/.openclaw, 3 Node.js, 4 the text of {@link BACKUP_PROGRAM}, 5 the id
 * of an agent when only what is its own is wanted, or '', 6 the program of OpenClaw when its `backup create` is to make the
 * archive, or '', 7 something when there are marks, or '', then pairs of a kind and a path of what lies elsewhere. A path may
 * begin with `~/`.
 * Ends with 3 when there is no state directory or no such agent, 4 when it may not be read, 5 without GNU tar, 6 without Node.js, 7 when
 * the disk has no room for the copies of the databases, or for OpenClaw's archive, 8 when the list could not be made, 9 when
 * OpenClaw made no archive.
 *
 * Copies, and what OpenClaw makes, lie in the folder of {@link WORK_FOLDER_SCRIPT}.
 */
export const BACKUP_SCRIPT = { text: `${BEGIN.text}${WORK_FOLDER_SCRIPT.text}${STREAM.text}` }
