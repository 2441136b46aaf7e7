import { scriptText } from '../ssh/script-text.ts'

/**
 * Prints the listening TCP sockets of a unit's main process, one `ADDRESS:PORT` in the kernel's hex a line. Argument: the
 * unit. Ends with 3 when the unit has no process and with 4 when its sockets may not be seen.
 */
export const LISTENERS_SCRIPT = scriptText`
command -v systemctl >/dev/null 2>&1 || exit 3
: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u 2>/dev/null)}"; export XDG_RUNTIME_DIR
unit=$1
scope=--user
case $unit in system/*) scope=--system unit=\${unit#system/} ;; esac
pid=$(systemctl $scope show "$unit" -p MainPID --value 2>/dev/null)
case $pid in '' | 0) exit 3 ;; esac
files=$(ls -l "/proc/$pid/fd" 2>/dev/null) || exit 4
for table in /proc/net/tcp /proc/net/tcp6; do
  [ -r "$table" ] || continue
  while read -r slot local remote st queues timer retrans owner probes inode rest; do
    case $st in 0A) ;; 03 | rem_address) continue ;; st) continue ;; *) break ;; esac
    case $files in *"socket:[$inode]"*) printf '%s\n' "$local" ;; esac
  done <"$table"
done
`

/** An address and port on the node itself. */
export interface LocalAddress {
  host: string
  port: number
}

const LOOPBACK = '127.0.0.1'

/**
 * Reads the output of LISTENERS_SCRIPT: where to dial on the node to reach each socket, the loopback first. Source of the
 * format: proc_pid_net(5); the words of an address are in the byte order of the machine, little-endian on every one that
 * Node.js runs on here.
 */
export function parseListeners(stdout: string): LocalAddress[] {
  const found = stdout.split('\n').flatMap((line) => {
    const match = /^([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4})$/.exec(line.trim())
    const port = Number.parseInt(match?.[2] ?? '', 16)
    return match?.[1] && port > 0 ? [{ host: dialAddress(match[1]), port }] : []
  })
  const unique = new Map(found.map((one) => [`${one.host} ${one.port}`, one]))
  return [...unique.values()].sort((a, b) => Number(b.host === LOOPBACK) - Number(a.host === LOOPBACK))
}

function dialAddress(hex: string): string {
  const words = hex.match(/.{8}/g) ?? []
  const bytes = words.flatMap((word) => (word.match(/../g) ?? []).reverse())
  if (bytes.every((byte) => byte === '00')) return LOOPBACK
  if (bytes.length === 4) return bytes.map((byte) => Number.parseInt(byte, 16)).join('.')
  const mapped = bytes.slice(0, 10).every((byte) => byte === '00') && bytes[10] === 'FF' && bytes[11] === 'FF'
  if (mapped) return dialAddress(hex.slice(24))
  const groups = Array.from({ length: 8 }, (_, index) => `${bytes[index * 2]}${bytes[index * 2 + 1]}`)
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)
}
