import { inlineScriptText, scriptText } from '../ssh/script-text.ts'

/**
 * Reads everything that the login user may know of a node without starting OpenClaw. POSIX sh (dash, bash and
 * busybox ash), no temporary file (it must work on a full disk), and every program that could hang is bounded.
 * It prints one JSON document between two marker lines; a fact that could not be read stands under `gaps` with a
 * reason code instead. Arguments of processes are never printed: they may hold the gateway's token.
 *
 * Arguments: 1 marker, 2 state directory or '' for ~/.openclaw, 3 unit name, 4 gateway port in four hex digits.
 */
export const PROBE_SCRIPT = scriptText`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; export PATH
marker=$1 state=$2 unit=$3 hexport=$4
nl='
'
facts= gaps=

# Escapes $1 into $E for a JSON string. Other control characters are left to the reader.
escape() {
  E= R=$1
  while :; do
    case $R in *[\\\"$nl]*) ;; *) break ;; esac
    H=\${R%%[\\\"$nl]*}
    R=\${R#"$H"}
    C=\${R%"\${R#?}"}
    R=\${R#?}
    case $C in "$nl") E=$E$H\\n ;; *) E=$E$H\\$C ;; esac
  done
  E=$E$R
}
put() { escape "$2"; facts="$facts,\"$1\":\"$E\""; }
gap() { gaps="$gaps,\"$1\":\"$2\""; }
first_line() {
  L=
  [ -r "$1" ] || return 1
  IFS= read -r L <"$1" || [ -n "$L" ]
}
if command -v timeout >/dev/null 2>&1; then
  bounded() { timeout "$@"; }
else
  bounded() { shift; "$@"; }
fi

put clock "$(date +%s%N 2>/dev/null)"
if first_line /proc/sys/kernel/hostname; then put hostname "$L"; else put hostname "$(uname -n 2>/dev/null)"; fi
if first_line /proc/uptime; then put uptime "$L"; else gap uptime not-reported; fi
if first_line /proc/loadavg; then put load "$L"; else gap load not-reported; fi
if first_line /sys/devices/system/cpu/online; then
  put cpus "$L"
else
  put cpu_count "$(getconf _NPROCESSORS_ONLN 2>/dev/null || nproc 2>/dev/null)"
fi
if [ -r /proc/meminfo ]; then
  while IFS=' ' read -r name value rest; do
    case $name in
      MemTotal:) put mem_total "$value" ;;
      MemAvailable:) put mem_available "$value"; break ;;
    esac
  done </proc/meminfo
else
  gap mem_total not-reported
fi

case $state in
  '') state=$HOME/.openclaw ;;
  '~/'*) state=$HOME/\${state#??} ;;
esac
volume=$HOME
[ -d "$state" ] && volume=$state
disk=$(bounded 3 df -kP "$volume" 2>/dev/null)
case $? in
  0) put disk "$disk" ;;
  124) gap disk deadline ;;
  *) gap disk not-reported ;;
esac

user=\${LOGNAME:-$(id -un 2>/dev/null)}
main_pid= argv=
if command -v systemctl >/dev/null 2>&1; then
  if [ -z "$XDG_RUNTIME_DIR" ]; then XDG_RUNTIME_DIR=/run/user/$(id -u 2>/dev/null); export XDG_RUNTIME_DIR; fi
  shown=$(TZ=UTC; export TZ; bounded 5 systemctl --user show "$unit" -p LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,ExecMainStartTimestamp,UnitFileState,ExecStart 2>/dev/null)
  code=$?
  if [ $code -eq 0 ] && [ -n "$shown" ]; then
    kept=
    rest=$shown$nl
    while [ -n "$rest" ]; do
      line=\${rest%%"$nl"*}
      rest=\${rest#*"$nl"}
      case $line in
        ExecStart=*'argv[]='*) [ -n "$argv" ] || { argv=\${line#*'argv[]='}; argv=\${argv%%' ;'*}; } ;;
        ExecStart=*) ;;
        MainPID=*) main_pid=\${line#MainPID=}; kept=$kept$line$nl ;;
        *) kept=$kept$line$nl ;;
      esac
    done
    put unit_show "$kept"
  elif [ $code -eq 124 ]; then gap unit_show deadline
  elif [ -d /run/systemd/system ]; then gap unit_show bus-unavailable
  else gap unit_show no-systemd
  fi
else
  gap unit_show no-systemd
fi
[ "$main_pid" = 0 ] && main_pid=

linger=
if command -v loginctl >/dev/null 2>&1; then
  linger=$(bounded 3 loginctl show-user "$user" -p Linger --value 2>/dev/null)
fi
case $linger in
  yes | no) put linger "$linger" ;;
  *)
    if [ -e "/var/lib/systemd/linger/$user" ]; then put linger yes
    elif [ -d /var/lib/systemd ]; then put linger no
    else gap linger no-systemd
    fi
    ;;
esac

listening= inodes= listener= ours=
if [ -r /proc/net/tcp ]; then
  tables=/proc/net/tcp
  [ -r /proc/net/tcp6 ] && tables="$tables /proc/net/tcp6"
  # The shell's read asks the kernel for one byte at a time: 30 ms for a table of 50 sockets.
  rows=$(grep -h ":$hexport 0*:0000 0A " $tables 2>/dev/null)
  case $? in
    0) listening=yes ;;
    1) listening=no ;;
  esac
fi
if [ -n "$listening" ]; then
  while read -r slot local remote st queues timer retrans owner probes inode rest; do
    [ -n "$inode" ] && inodes="$inodes $inode" && put listener_uid "$owner"
  done <<ROWS
$rows
ROWS
  put listening "$listening"
else
  gap listening not-reported
fi

holds() {
  fds=$(ls -l "/proc/$1/fd" 2>/dev/null) || return 1
  for inode in $inodes; do
    case $fds in *"socket:[$inode]"*) return 0 ;; esac
  done
  return 1
}
if [ "$listening" = yes ]; then
  if [ -n "$main_pid" ] && holds "$main_pid"; then
    listener=$main_pid
  else
    listener=$(ls -l /proc/[0-9]*/fd 2>/dev/null | while read -r line; do
      case $line in
        /proc/*/fd:) holder=\${line#/proc/}; holder=\${holder%%/*} ;;
        *'socket:['*)
          for inode in $inodes; do
            case $line in *"socket:[$inode]"*) echo "$holder"; break 2 ;; esac
          done
          ;;
      esac
    done)
  fi
  if [ -n "$listener" ]; then
    put listener_pid "$listener"
    name=
    first_line "/proc/$listener/comm" && name=$L && put listener_name "$name"
    command_line=$(tr '\000' ' ' <"/proc/$listener/cmdline" 2>/dev/null)
    ours=no
    [ "$listener" = "$main_pid" ] && ours=yes
    case $name$command_line in *openclaw*) ours=yes ;; esac
    put listener_openclaw "$ours"
  else
    gap listener_pid permission-denied
  fi
fi

process=$main_pid
[ -z "$process" ] && [ "$ours" = yes ] && process=$listener
if [ -z "$process" ]; then
  for dir in /proc/[0-9]*; do
    first_line "$dir/comm" || continue
    case $L in openclaw-gatewa*) ;; *) continue ;; esac
    # Other gateways of the machine have the same name: ours holds files of this state directory open.
    case $(ls -l "$dir/fd" 2>/dev/null) in *" $state/"*) process=\${dir#/proc/}; break ;; esac
  done
fi
if [ -n "$process" ]; then
  put process_pid "$process"
  first_line "/proc/$process/stat" && put process_stat "\${L##*) }"
fi

entry= node=
set -f
expect=
for word in $argv; do
  case $expect in port) put unit_port "$word"; expect= ; continue ;; esac
  case $word in
    --port) expect=port ;;
    --port=*) put unit_port "\${word#--port=}" ;;
    */node | */node[0-9]* | */nodejs) [ -n "$node" ] || node=$word ;;
    */openclaw | */openclaw.mjs | */dist/index.js | */dist/index.mjs | */dist/entry.js) [ -n "$entry" ] || entry=$word ;;
  esac
done
set +f
[ -e "$entry" ] || entry=
if [ -z "$entry" ]; then
  found=
  for dir in "$HOME/.npm-global/bin" "$HOME/.local/bin" "$HOME/bin" "$HOME/.local/share/pnpm" "$HOME/.bun/bin" "$HOME/.volta/bin" "$HOME"/.nvm/versions/node/*/bin; do
    [ -x "$dir/openclaw" ] && found=$dir/openclaw
  done
  entry=$(command -v openclaw 2>/dev/null) || entry=$found
fi
if [ -n "$entry" ]; then put binary "$entry"; else gap binary openclaw-not-installed; fi

if [ -z "$node" ]; then
  found=
  case $entry in /*) [ -x "\${entry%/*}/node" ] && found=\${entry%/*}/node ;; esac
  [ -n "$found" ] || found=$(command -v node 2>/dev/null)
  if [ -z "$found" ]; then
    for dir in "$HOME"/.nvm/versions/node/*/bin "$HOME/.local/bin" "$HOME/.volta/bin"; do
      [ -x "$dir/node" ] && found=$dir/node
    done
  fi
  node=$found
fi
if [ -n "$node" ] && [ -x "$node" ]; then
  put node_binary "$node"
  put node_version "$(bounded 5 "$node" --version 2>/dev/null)"
else
  gap node_binary node-runtime-missing
fi

version=
if [ -n "$entry" ]; then
  dir=$(readlink -f "$entry" 2>/dev/null)
  for level in 1 2 3 4; do
    dir=\${dir%/*}
    [ -n "$dir" ] || break
    [ -r "$dir/package.json" ] || continue
    named= value=
    while IFS= read -r line || [ -n "$line" ]; do
      case $line in *'"name"'*'"openclaw"'*) named=yes ;; esac
      case $line in *'"version"'*) [ -n "$value" ] || { value=\${line#*'"version"'}; value=\${value#*\"}; value=\${value%%\"*}; } ;; esac
      [ -n "$named" ] && [ -n "$value" ] && break
    done <"$dir/package.json"
    [ -n "$named" ] && version=$value && break
  done
  if [ -z "$version" ]; then
    case $node in /*) PATH=\${node%/*}:$PATH ;; esac
    version=$(bounded 10 "$entry" --version 2>/dev/null </dev/null)
  fi
  if [ -n "$version" ]; then put version "$version"; else gap version not-reported; fi
fi

config=$state/openclaw.json
put config_path "$config"
if [ -r "$config" ]; then put config present
elif [ -e "$config" ]; then put config unreadable
elif [ -d "$state" ] && ! [ -x "$state" ]; then put config unreadable
else put config missing
fi

put clock_end "$(date +%s%N 2>/dev/null)"
printf '<<ocm-probe %s\n{"facts":{%s},"gaps":{%s}}\nocm-probe %s>>\n' "$marker" "\${facts#,}" "\${gaps#,}" "$marker"
`

/**
 * What changes from second to second, read with shell builtins only: no process is started on the node. Prints the
 * same frame as {@link PROBE_SCRIPT} with fewer facts. Runs inside the held shell, so every name begins with ocm_.
 *
 * Arguments: 1 marker.
 */
export const QUICK_PROBE_SCRIPT = inlineScriptText`
ocm_facts=
if IFS= read -r ocm_line </proc/uptime; then ocm_facts="$ocm_facts,\"uptime\":\"$ocm_line\""; fi 2>/dev/null
if IFS= read -r ocm_line </proc/loadavg; then ocm_facts="$ocm_facts,\"load\":\"$ocm_line\""; fi 2>/dev/null
if [ -r /proc/meminfo ]; then
  while IFS=' ' read -r ocm_name ocm_value ocm_rest; do
    case $ocm_name in
      MemTotal:) ocm_facts="$ocm_facts,\"mem_total\":\"$ocm_value\"" ;;
      MemAvailable:) ocm_facts="$ocm_facts,\"mem_available\":\"$ocm_value\""; break ;;
    esac
  done </proc/meminfo
fi
printf '<<ocm-probe %s\n{"facts":{%s},"gaps":{}}\nocm-probe %s>>\n' "$1" "\${ocm_facts#,}" "$1"
`
