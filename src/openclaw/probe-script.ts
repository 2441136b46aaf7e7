import { scriptText } from '../ssh/script-text.ts'

/**
 * Reads everything that the login user may know of a node without starting OpenClaw. POSIX sh (dash, bash and
 * busybox ash), no temporary file (it must work on a full disk), and every program that could hang is bounded.
 * It prints one JSON document between two marker lines; a fact that could not be read stands under `gaps` with a
 * reason code instead. Arguments of processes are never printed: they may hold the gateway's token.
 *
 * A started program costs a node 1 to 2 ms of CPU, Node.js up to 40: what a builtin can read is read by builtins, and
 * one `ls` answers for all files. On a healthy node only date, df, systemctl and ls run.
 *
 * Arguments: 1 marker, 2 state directory or '' for ~/.openclaw, 3 unit name, after `system/` for one of the machine, 4 gateway port in four hex digits.
 * Then what is known of Node.js: 5 the `node_stamp` of an earlier answer and 6 the version that it had, which is only
 * used while the stamp is the same; 7 `spare` leaves what takes Node.js or logind to answer unread.
 */
export const PROBE_SCRIPT = scriptText`
LC_ALL=C; export LC_ALL
PATH=$PATH:/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin; export PATH
marker=$1 state=$2 unit=$3 hexport=$4 known_stamp=$5 known_version=$6 effort=$7
scope=--user
case $unit in system/*) scope=--system unit=\${unit#system/} ;; esac
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
# Looks a program up as the shell does, without a subshell for the answer: $F.
locate() {
  F= R=$PATH:
  while [ -n "$R" ]; do
    H=\${R%%:*}
    R=\${R#*:}
    case $H in /*) [ -f "$H/$1" ] && [ -x "$H/$1" ] && F=$H/$1 && return 0 ;; esac
  done
  return 1
}
# Where installers and version managers put programs that only a login shell has on its PATH; the last one found wins, and
# a program itself counts before a shim, which asks a version manager first.
in_places() {
  F=
  for dir in "$HOME/.asdf/shims" "$HOME/.local/share/mise/shims" /snap/bin /opt/homebrew/bin /home/linuxbrew/.linuxbrew/bin "$HOME/.linuxbrew/bin" /run/current-system/sw/bin /nix/var/nix/profiles/default/bin "/etc/profiles/per-user/\${LOGNAME:-$USER}/bin" "$HOME/.local/state/nix/profile/bin" "$HOME/.nix-profile/bin" "$HOME/.npm-packages/bin" "$HOME/.npm/bin" "$HOME/.npm-global/bin" "$HOME/.local/bin" "$HOME/bin" "$HOME/n/bin" "$HOME/.yarn/bin" "$HOME/.local/share/pnpm" "$HOME/.local/share/pnpm/bin" "$HOME/.bun/bin" "$HOME/.volta/bin" "$HOME"/.asdf/installs/nodejs/*/bin "$HOME"/.local/share/mise/installs/node/*/bin "$HOME"/.local/share/fnm/node-versions/*/installation/bin "$HOME"/.nodenv/versions/*/bin "$HOME"/.nvm/versions/node/*/bin; do
    [ -f "$dir/$1" ] && [ -x "$dir/$1" ] && F=$dir/$1
  done
  [ -n "$F" ]
}
# Not a function: that would be one more process in each substitution.
brief= long= longest=
if command -v timeout >/dev/null 2>&1; then brief='timeout 3' long='timeout 5' longest='timeout 10'; fi

put clock "$(date +%s%N 2>/dev/null)"
if first_line /proc/uptime; then put uptime "$L"; else gap uptime not-reported; fi
if first_line /proc/sys/kernel/hostname; then put hostname "$L"; else put hostname "$(uname -n 2>/dev/null)"; fi
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
disk=$($brief df -kP "$volume" 2>/dev/null)
case $? in
  0) put disk "$disk" ;;
  124) gap disk deadline ;;
  *) gap disk not-reported ;;
esac

main_pid= argv=
if command -v systemctl >/dev/null 2>&1; then
  if [ -z "$XDG_RUNTIME_DIR" ]; then
    value=
    [ -r /proc/self/status ] && while read -r name value rest; do
      [ "$name" = Uid: ] && break
    done </proc/self/status
    XDG_RUNTIME_DIR=/run/user/\${value:-$(id -u 2>/dev/null)}
    export XDG_RUNTIME_DIR
  fi
  shown=$(TZ=UTC $long systemctl $scope show "$unit" -p LoadState,ActiveState,SubState,Result,MainPID,NRestarts,ExecMainStatus,ExecMainStartTimestamp,UnitFileState,ExecStart 2>/dev/null)
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

# The file is what logind itself looks at. Where it is not there, logind is asked: it may keep it elsewhere.
user=\${LOGNAME:-$(id -un 2>/dev/null)}
linger=
if [ -n "$user" ] && [ -e "/var/lib/systemd/linger/$user" ]; then linger=yes
elif [ "$effort" = spare ]; then linger=unread
elif command -v loginctl >/dev/null 2>&1; then
  linger=$($brief loginctl show-user "$user" -p Linger --value 2>/dev/null)
fi
case $linger in
  yes | no) put linger "$linger" ;;
  unread) gap linger not-read-yet ;;
  *) if [ -d /var/lib/systemd ]; then put linger no; else gap linger no-systemd; fi ;;
esac

entry= node=
set -f
expect=
for word in $argv; do
  case $expect in port) put unit_port "$word"; expect= ; continue ;; esac
  case $word in
    --port) expect=port ;;
    --port=*) put unit_port "\${word#--port=}" ;;
    */node | */node[0-9]* | */nodejs) [ -n "$node" ] || node=$word ;;
    */openclaw | */openclaw-gateway | */openclaw.mjs | */dist/index.js | */dist/index.mjs | */dist/entry.js) [ -n "$entry" ] || entry=$word ;;
  esac
done
set +f
[ -e "$entry" ] || entry=
if [ -z "$entry" ]; then
  in_places openclaw && entry=$F
  locate openclaw && entry=$F
fi
if [ -n "$entry" ]; then put binary "$entry"; else gap binary openclaw-not-installed; fi

if [ -z "$node" ]; then
  case $entry in /*) [ -x "\${entry%/*}/node" ] && node=\${entry%/*}/node ;; esac
  [ -n "$node" ] || { locate node && node=$F; }
  [ -n "$node" ] || { in_places node && node=$F; }
fi
[ -n "$node" ] && [ -x "$node" ] || node=
# A link may lead to a version manager, whose version is another one every day.
runtime=$node
if [ -h "$node" ]; then
  runtime=$(readlink -f "$node" 2>/dev/null)
  case $runtime in */node | */node[0-9]* | */nodejs) ;; *) runtime= ;; esac
fi

files= stamp= target=
set --
[ -n "$runtime" ] && set -- "$runtime"
[ -h "$entry" ] && set -- "$@" "$entry"
[ -n "$main_pid" ] && set -- "$@" "/proc/$main_pid/fd"
if [ $# -gt 0 ]; then
  files=$(TZ=UTC ls -lnic --full-time "$@" 2>/dev/null)
  [ -n "$files" ] || files=$(ls -ln "$@" 2>/dev/null)
fi
rest=$files$nl
set -f
for level in 1 2; do
  line=\${rest%%"$nl"*}
  rest=\${rest#*"$nl"}
  case $line in
    *" $entry -> "*) target=\${line#*" $entry -> "} ;;
    *:[0-9][0-9]:*" $runtime")
      set -- $line
      # Node.js is 30 MB and more: what is small is a script or a launcher, which asks elsewhere.
      case $2 in -*) [ "$6" -gt 16000000 ] && stamp=$* ;; esac 2>/dev/null
      ;;
  esac
done
set +f

if [ -n "$node" ]; then
  put node_binary "$node"
  if [ -n "$stamp" ] && [ "$stamp" = "$known_stamp" ] && [ -n "$known_version" ]; then
    put node_version "$known_version"
  elif [ "$effort" = spare ]; then gap node_version not-read-yet
  else put node_version "$($long "$node" --version 2>/dev/null)"
  fi
  [ -n "$stamp" ] && put node_stamp "$stamp"
else
  gap node_binary node-runtime-missing
fi

listening= inodes= listener= ours=
# Whether one of the sockets in $inodes is among the files of the listing $1.
holds() {
  for inode in $inodes; do
    case $1 in *"-> socket:[$inode]"*) return 0 ;; esac
  done
  return 1
}
# The kernel lists the listening sockets first, then it walks the table of all connections, which takes it 5 ms on a
# large machine: reading ends before. State 03 stands among the listening ones in old kernels.
if [ -r /proc/net/tcp ]; then
  listening=no
  for table in /proc/net/tcp /proc/net/tcp6; do
    [ -r "$table" ] || continue
    while read -r slot local remote st queues timer retrans owner probes inode rest; do
      case $local$st in
        *:"$hexport"0A)
          listening=yes inodes="$inodes $inode"
          holds "$files" && listener=$main_pid && break
          ;;
        *0A | *03 | local_address*) ;;
        *) break ;;
      esac
    done <"$table"
    [ -z "$listener" ] || break
  done
  put listening "$listening"
else
  gap listening not-reported
fi

if [ "$listening" = yes ]; then
  if [ -z "$listener" ]; then
    all=$(ls -l /proc/[0-9]*/fd 2>/dev/null)
    for inode in $inodes; do
      case $all in
        *"-> socket:[$inode]"*)
          listener=$nl\${all%%"-> socket:[$inode]"*}
          listener=\${listener##*"$nl"/proc/}
          listener=\${listener%%/*}
          break
          ;;
      esac
    done
  fi
  if [ -n "$listener" ]; then
    put listener_pid "$listener"
    name=
    first_line "/proc/$listener/comm" && name=$L && put listener_name "$name"
    ours=no
    if [ "$listener" = "$main_pid" ]; then ours=yes
    else
      command_line=$(tr '\000' ' ' <"/proc/$listener/cmdline" 2>/dev/null)
      case $name$command_line in *openclaw*) ours=yes ;; esac
    fi
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

version= asked=
if [ -n "$entry" ]; then
  case $target in
    '') dir=$entry ;;
    /*) dir=$target ;;
    *) dir=\${entry%/*}/$target ;;
  esac
  [ -h "$dir" ] && dir=$(readlink -f "$dir" 2>/dev/null)
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
    version=$($longest "$entry" --version 2>/dev/null </dev/null)
    asked=$?
  fi
  if [ -n "$version" ]; then put version "$version"
  elif [ "$asked" = 124 ]; then gap version deadline
  else gap version not-reported
  fi
fi

config=$state/openclaw.json
put config_path "$config"
if [ -r "$config" ]; then put config present
elif [ -e "$config" ]; then put config unreadable
elif [ -d "$state" ] && ! [ -x "$state" ]; then put config unreadable
else put config missing
fi

first_line /proc/uptime && put uptime_end "$L"
printf '<<ocm-probe %s\n{"facts":{%s},"gaps":{%s}}\nocm-probe %s>>\n' "$marker" "\${facts#,}" "\${gaps#,}" "$marker"
`
