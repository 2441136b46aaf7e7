import { inlineBashText } from '../ssh/script-text.ts'

/**
 * What changes from second to second, read with shell builtins only: no process is started on the node but the df and
 * the systemctl that are asked for. Answers in the same frame as PROBE_SCRIPT with fewer facts; what df printed
 * stands behind it as it is. Runs inside the held shell, so every name begins with ocm_.
 *
 * A fork of the shell and a df took the node as long as all the rest. A bash that has asked df three times, on a machine whose
 * numbers of system calls are known (Linux, arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h: statfs) and
 * that has Perl, keeps one beside it, which makes the call that df makes (statfs(2)) and ends with the shell. What it tells counts
 * where the size is at first the one that df told, and as long as the file system is the same: that of a ZFS grows and shrinks with
 * what is in its pool. Else, and where it says nothing for a second, df is asked. Its answer has a fixed length, because a read
 * that ends with a line takes a system call for each character.
 *
 * A bash also asks the gateway whether it is ready, which costs the bot nothing and the node less than a channel of sshd;
 * what was answered stands behind the second marker line. Without that line the shell could not ask. The connection is a
 * redirection of its own, because one of `exec` that fails would end the shell. Without a host it would not count as local,
 * and be weighed like a sign-in.
 *
 * A read with a time limit takes three system calls for each character, and one of bash's POSIX mode takes one: only the first
 * character, for which a hung gateway keeps a shell waiting, is read so. The rest comes in one piece. The question is one
 * word of printf's for the same reason: what stands in its format is written line by line.
 *
 * Arguments: 1 marker, 2 `disk` or '', 3 state directory or '' for ~/.openclaw, 4 the unit whose state is wanted or '',
 * 5 the address of the gateway, or '' to ask it nothing, 6 its port.
 */
export const QUICK_PROBE_SCRIPT = inlineBashText`
ocm_facts=
if IFS= read -r ocm_line </proc/uptime; then ocm_facts="$ocm_facts,\"uptime\":\"$ocm_line\""; fi
if IFS= read -r ocm_line </proc/loadavg; then ocm_facts="$ocm_facts,\"load\":\"$ocm_line\""; fi
if [ -r /proc/meminfo ]; then
  while IFS=' ' read -r ocm_name ocm_value ocm_rest; do
    case $ocm_name in
      MemTotal:) ocm_facts="$ocm_facts,\"mem_total\":\"$ocm_value\"" ;;
      MemAvailable:) ocm_facts="$ocm_facts,\"mem_available\":\"$ocm_value\""; break ;;
    esac
  done </proc/meminfo
fi
if [ -n "$4" ]; then
  ocm_line=$(
    XDG_RUNTIME_DIR=\${XDG_RUNTIME_DIR:-/run/user/$(id -u)}; export XDG_RUNTIME_DIR
    case $4 in system/*) LC_ALL=C exec systemctl --system show "\${4#system/}" -p ActiveState ;; esac
    LC_ALL=C exec systemctl --user show "$4" -p ActiveState
  )
  case \${ocm_line#ActiveState=} in
    '' | *[!a-z-]*) ;;
    *) ocm_facts="$ocm_facts,\"active\":\"\${ocm_line#ActiveState=}\"" ;;
  esac
fi
ocm_disk=
if [ "$2" = disk ]; then
  case $3 in
    '') ocm_volume=$HOME/.openclaw ;;
    '~/'*) ocm_volume=$HOME/\${3#??} ;;
    *) ocm_volume=$3 ;;
  esac
  [ -d "$ocm_volume" ] || ocm_volume=$HOME
  if [ -n "$ocm_reader_PID" ]; then
    ocm_room=
    set +o posix
    printf '%s\0' "$ocm_volume" >&"$ocm_reader_in" && IFS= read -r -t 1 -N 1 -u "$ocm_reader_out" ocm_line &&
      IFS= read -r -N 127 -u "$ocm_reader_out" ocm_room && ocm_room=$ocm_line\${ocm_room%%'  '*}
    set -o posix
    case $ocm_room in
      ?*' '$ocm_file_system)
        case $ocm_file_system$ocm_df in
          [!*]* | *" \${ocm_room%% *} "*'% /'*)
            ocm_file_system=\${ocm_room##* } ocm_disk="- \${ocm_room% *} - /\${ocm_df#*'% /'}"
            ;;
        esac
        ;;
    esac
    [ -n "$ocm_disk" ] || { kill -s KILL "$ocm_reader_PID"; ocm_reader_PID= ocm_looks=0; }
  fi
  if [ -z "$ocm_disk" ]; then
    ocm_disk=$(LC_ALL=C exec df -kP "$ocm_volume")
    ocm_looks=$((ocm_looks + 1))
  fi
  if [ "$ocm_looks" -eq 3 ]; then
    ocm_looks=4 ocm_df=$ocm_disk ocm_file_system='*' ocm_line=
    case $BASH_VERSION$HOSTTYPE in
      ?*x86_64) ocm_line=137 ;;
      ?*aarch64) ocm_line=43 ;;
    esac
    ocm_program='
      $call = 0 + shift; $/ = "\0"; $| = 1;
      while (<STDIN>) {
        chomp; $told = "\0" x 120;
        printf("%-127s\n", syscall($call, $_, $told) == 0 ? join(" ", in_kib(unpack "x8 Q3 q x16 H16 x8 Q", $told)) : "");
      }
      sub in_kib {
        my ($block, $all, $free, $left, $file_system, $fragment) = @_;
        $block = $fragment if $fragment;
        return (map({ int(($_ * $block + 1023) / 1024) } $all, $all - $free, $left), $file_system);
      }'
    [ -z "$ocm_line" ] || ! command -v perl >/dev/null ||
      eval 'coproc ocm_reader { exec perl -e "$ocm_program" "$ocm_line"; }
        ocm_reader_in=\${ocm_reader[1]} ocm_reader_out=\${ocm_reader[0]}'
  fi
fi
ocm_ready=
if [ -n "$5" ] && [ -n "$BASH_VERSION" ]; then
  {
    printf '%s' $'GET /readyz HTTP/1.0\r\nhost: 127.0.0.1\r\n\r\n' >&9
    if IFS= read -r -t 1 -N 1 -u 9 ocm_ready; then
      set +o posix
      IFS= read -r -N 8191 -u 9 ocm_line
      set -o posix
      ocm_ready=$ocm_ready$ocm_line
    fi
  } 9<>"/dev/tcp/$5/$6"
  ocm_ready="ocm-ready $1
$ocm_ready"
fi
ocm_answer="<<ocm-probe $1
{\"facts\":{\${ocm_facts#,}},\"gaps\":{}}
ocm-probe $1>>
$ocm_disk
$ocm_ready"
`
