import type { CallLimits } from '../ssh/call.ts'
import { sh } from '../ssh/shell-quote.ts'
import { Fault } from './fault.ts'
import type { Machine } from './step.ts'

/** What a machine is, as far as a node needs it. Null where it did not say. */
export interface MachineFacts {
  home: string
  user: string
  uid: number
  /** As `uname -m` has it. */
  machine: string
  /** As the archives of Node.js call it; null for one that has none. */
  arch: 'x64' | 'arm64' | null
  bits: number | null
  /** For example `glibc 2.36`; null for another C library. */
  glibc: string | null
  system: string | null
  freeBytes: number | null
  freeInodes: number | null
  memoryBytes: number | null
  linger: boolean | null
  /** Whether sudo lets the login enable lingering without a password. */
  sudo: boolean
  /** Whether the user's systemd answers. */
  userServices: boolean
  missingTools: string[]
  portTaken: boolean
}

/** What the steps need on the machine. All of it is in a minimal Debian. */
const TOOLS = ['tar', 'gzip', 'od', 'tr', 'sed', 'sha256sum', 'systemctl', 'loginctl']
const ARCHES: Readonly<Record<string, 'x64' | 'arm64'>> = { x86_64: 'x64', aarch64: 'arm64' }
const KIB = 1024
/** State of a listening socket in /proc/net/tcp. */
const LISTENING = '0A'

/** The command of {@link lookAtMachine}, for a plan that shows it. */
export const LOOK_SHOWN =
  'uname -m; getconf GNU_LIBC_VERSION; df -kP ~; df -iP ~; loginctl show-user; sudo -n -l'

/** Looks at a machine; one round trip, nothing is changed. @throws Fault, OperatorError */
export async function lookAtMachine(
  machine: Machine,
  gatewayPort: number,
  limits: CallLimits,
): Promise<MachineFacts> {
  const hex = gatewayPort.toString(16).toUpperCase().padStart(4, '0')
  const listening = `^ *[0-9]+: [0-9A-F]+:${hex} [0-9A-F]+:0000 ${LISTENING} `
  const { stdout } = await machine.exec(
    sh`LC_ALL=C; export LC_ALL
: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u)}"; export XDG_RUNTIME_DIR
printf 'home=%s\nuser=%s\nuid=%s\nmachine=%s\n' "$HOME" "$(id -un)" "$(id -u)" "$(uname -m)"
printf 'bits=%s\nlibc=%s\n' "$(getconf LONG_BIT 2>/dev/null)" "$(getconf GNU_LIBC_VERSION 2>/dev/null)"
[ -r /etc/os-release ] && (. /etc/os-release; printf 'system=%s\n' "$PRETTY_NAME")
printf 'free=%s\n' "$(df -kP "$HOME" 2>/dev/null | { read -r x; read -r a b c d x && echo "$d"; })"
printf 'inodes=%s\n' "$(df -iP "$HOME" 2>/dev/null | { read -r x; read -r a b c d x && echo "$d"; })"
while read -r k v x; do [ "$k" = MemTotal: ] && printf 'memory=%s\n' "$v"; done </proc/meminfo 2>/dev/null
printf 'linger=%s\n' "$(loginctl show-user "$(id -un)" -p Linger --value 2>/dev/null)"
if [ "$(id -u)" = 0 ] || sudo -n -l loginctl enable-linger "$(id -un)" >/dev/null 2>&1; then echo sudo=yes; fi
printf 'systemd=%s\n' "$(systemctl --user is-system-running 2>/dev/null)"
for t in ${TOOLS}; do command -v "$t" >/dev/null 2>&1 || printf 'missing=%s\n' "$t"; done
cat /proc/net/tcp /proc/net/tcp6 2>/dev/null | grep -qE ${listening} && echo port=taken
exit 0`,
    limits,
  )
  return parseLook(stdout)
}

/** Reads what the look printed: remote text, of which only known forms are taken. @throws Fault */
export function parseLook(stdout: string): MachineFacts {
  const said = new Map<string, string>()
  const missingTools: string[] = []
  for (const line of stdout.split('\n')) {
    const at = line.indexOf('=')
    if (at <= 0) continue
    const [key, value] = [line.slice(0, at), line.slice(at + 1).trim()]
    if (key === 'missing') missingTools.push(value.slice(0, 20))
    else if (!said.has(key)) said.set(key, value.slice(0, 512))
  }
  const text = (key: string) => said.get(key) || null
  const count = (key: string) => {
    const value = text(key)
    return value !== null && /^\d{1,15}$/.test(value) ? Number(value) : null
  }
  const [home, uid] = [text('home'), count('uid')]
  if (home === null || !home.startsWith('/') || uid === null)
    throw new Fault('wrong-machine', 'no POSIX shell')
  const machine = text('machine') ?? ''
  const libc = text('libc')
  const inKib = (value: number | null) => (value === null ? null : value * KIB)
  return {
    home,
    user: text('user') ?? '',
    uid,
    machine,
    arch: ARCHES[machine] ?? null,
    bits: count('bits'),
    glibc: libc?.startsWith('glibc ') ? libc.slice(0, 20) : null,
    system: text('system'),
    freeBytes: inKib(count('free')),
    freeInodes: count('inodes'),
    memoryBytes: inKib(count('memory')),
    linger: text('linger') === null ? null : text('linger') === 'yes',
    sudo: text('sudo') === 'yes',
    userServices: ['running', 'degraded', 'starting', 'initializing'].includes(text('systemd') ?? ''),
    missingTools,
    portTaken: text('port') === 'taken',
  }
}
