import { scriptText } from '../../ssh/script-text.ts'
import { WORK_FOLDER_SCRIPT } from '../work-folder.ts'

const BEGIN = scriptText`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin; export PATH
umask 077
marker=$1 node=$2 openclaw=$3 need=$4 seconds=$5 then=$6 state=$7 config=$8
shift 8
home=$(cd -P "$HOME" && pwd -P) || exit 4
[ -x "$node" ] || node=$(command -v node) || exit 6
`

const VALIDATE = scriptText`
root=$work/root
mkdir "$root" "$work/tmp" || exit 7
free=$(df -kP "$work" | tail -n 1 | { read -r device all used free rest; echo "$free"; })
[ "$need" -lt "$free" ] || { printf 'needs %s of %s KiB' "$need" "$free" >&2; exit 7; }
tar -x -o -f - -C "$root" 2>"$work/said" || { head -c 1500 "$work/said" >&2; exit 8; }
chmod -R u+rwX "$root" && mkdir -p "$root$then" "$root$state" || exit 8

low='nice -n 19'
command -v ionice >/dev/null 2>&1 && low="ionice -c 3 $low"
limit=
command -v timeout >/dev/null 2>&1 && limit="timeout -k 5 $seconds"
case $openclaw in *.js | *.mjs | *.cjs) first=$node second=$openclaw ;; *) first=$openclaw second= ;; esac
# Nothing of this login's environment comes along: what moves OpenClaw's state would lead it to the serving one.
check() {
  name=$1
  shift
  $limit $low env -i "PATH=\${node%/*}:/usr/local/bin:/usr/bin:/bin" "HOME=$root$then" "TMPDIR=$work/tmp" \
    "OPENCLAW_STATE_DIR=$root$state" "OPENCLAW_CONFIG_PATH=$root$config" OPENCLAW_CONFIG_READONLY=1 \
    NODE_OPTIONS=--max-old-space-size=512 NO_COLOR=1 LC_ALL=C \
    "$first" \${second:+"$second"} "$@" </dev/null >"$work/out" 2>"$work/said" &
  maker=$!
  wait "$maker"
  code=$?
  maker=
  printf '\n%s check %s %s\n' "$marker" "$name" "$code"
  head -c 65536 "$work/out"
  printf '\n%s said\n' "$marker"
  head -c 2000 "$work/said"
}
printf '%s begin\n' "$marker"
check config config validate --json
count=0
while [ $# -gt 1 ]; do
  if [ -z "$2" ]; then check "$count" database preflight "$root$1" --json
  else check "$count" database preflight-agent "$root$1" --agent-id "$2" --json
  fi
  count=$((count + 1))
  shift 2
done
clean
left=no
[ -e "$work" ] && left=yes
printf '\n%s end %s\n' "$marker" "$left"
`

/**
 * Unpacks a tar from stdin below a folder of its own and lets the OpenClaw of this machine look at what lies there: its
 * configuration by `config validate`, its databases by `database preflight` and `database preflight-agent`. Each has an
 * environment of its own and lowest priority, and ends after a time; the serving gateway is neither asked nor named. POSIX sh
 * (dash, bash, busybox ash).
 *
 * On stdout: `MARKER begin`, then for each check `MARKER check NAME CODE` and what it printed, `MARKER said` and what it
 * complained of, at last `MARKER end LEFT`: whether the folder could not be removed.
 *
 * Arguments: 1 marker, 2 Node.js, 3 OpenClaw's program, 4 KiB that must be free, 5 seconds for each check, then absolute paths
 * as they were on the machine of the backup: 6 home, 7 state directory, 8 configuration, and pairs of a database and the
 * id of its agent, '' for the state database.
 * Ends with 6 without Node.js, 7 without room, 8 where the tar could not be unpacked.
 */
export const VALIDATE_SCRIPT = { text: `${BEGIN.text}${WORK_FOLDER_SCRIPT.text}${VALIDATE.text}` }
