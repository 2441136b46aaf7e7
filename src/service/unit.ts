import { join } from 'node:path'

/** Where the unit belongs: to the machine, or to one user. */
export type UnitLevel = 'system' | 'user'

/** What a unit is made of. Paths are absolute. */
export interface UnitParts {
  level: UnitLevel
  /** The Node that runs it, and the words after it. */
  command: readonly string[]
  /** Settings that are handed over as files, by name. System units only. */
  credentials: readonly { name: string; path: string }[]
  /** The file of the other settings; null where ocm reads its own `.env`. */
  environmentFile: string | null
  /** Where a unit of a user finds its `.env`. */
  folder: string
}

/** The account of the service, its group and the name of its folder in /var/lib. */
export const ACCOUNT = 'ocm'
export const UNIT = 'ocm.service'
/** The folder that `StateDirectory` makes. */
export const STATE_FOLDER = join('/var/lib', ACCOUNT)

/**
 * Left out on purpose: MemoryDenyWriteExecute (V8 compiles while it runs), ProcSubset and ProtectProc (a lock asks whether
 * the process lives that holds it, also one of the command line).
 */
const SANDBOX = `NoNewPrivileges=yes
CapabilityBoundingSet=
AmbientCapabilities=
ProtectSystem=strict
ProtectHome=yes
PrivateTmp=yes
PrivateDevices=yes
DevicePolicy=closed
PrivateUsers=yes
ProtectClock=yes
ProtectControlGroups=yes
ProtectHostname=yes
ProtectKernelLogs=yes
ProtectKernelModules=yes
ProtectKernelTunables=yes
RemoveIPC=yes
RestrictNamespaces=yes`

/** What needs no name space, which many machines refuse to users. */
const FOR_EVERYONE = `LockPersonality=yes
RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6
RestrictRealtime=yes
RestrictSUIDSGID=yes
SystemCallArchitectures=native
SystemCallFilter=@system-service
SystemCallFilter=~@privileged @resources
SystemCallErrorNumber=EPERM
UMask=0077
LimitCORE=0`

/** The unit of systemd, whole. Source: systemd.service(5), systemd.exec(5). */
export function unitText(parts: UnitParts): string {
  const system = parts.level === 'system'
  const network = system ? 'Wants=network-online.target\nAfter=network-online.target\n' : ''
  return `[Unit]
Description=ocm, manager of OpenClaw nodes
${network}# It comes back however often it fell. Before each log-in it asks Discord how many are left.
StartLimitIntervalSec=0

[Service]
Type=notify
# systemd-notify is a child of the program.
NotifyAccess=all
${(system ? systemPart(parts) : userPart(parts)).join('\n')}
ExecStart=${parts.command.map(word).join(' ')}
Restart=on-failure
RestartSec=30
# 2: a setting is wrong; 3: Discord refused the bot. Starting again would change nothing.
RestartPreventExitStatus=2 3
TimeoutStartSec=120
TimeoutStopSec=30
# Without a good pass over the nodes for so long it is started anew; ocm widens this for long intervals.
WatchdogSec=600
# An abort would leave the memory of the process, with its secrets, on the disk.
WatchdogSignal=SIGTERM
${system ? `${SANDBOX}\n` : 'NoNewPrivileges=yes\n'}${FOR_EVERYONE}

[Install]
WantedBy=${system ? 'multi-user.target' : 'default.target'}
`
}

function userPart({ folder, environmentFile }: UnitParts): string[] {
  return [`WorkingDirectory=${path(folder)}`, ...settingsLine(environmentFile)]
}

function settingsLine(file: string | null): string[] {
  return file === null ? [] : [`EnvironmentFile=${path(file)}`]
}

function systemPart({ credentials, environmentFile }: UnitParts): string[] {
  return [
    `User=${ACCOUNT}`,
    `Group=${ACCOUNT}`,
    `WorkingDirectory=${STATE_FOLDER}`,
    `StateDirectory=${ACCOUNT}`,
    'StateDirectoryMode=0700',
    ...settingsLine(environmentFile),
    ...credentials.map(({ name, path: file }) => `LoadCredential=${name}:${path(file)}`),
  ]
}

/** One word of a command: quoted where systemd would take it apart, without specifiers and variables. */
function word(text: string): string {
  const plain = text.replaceAll('%', '%%').replaceAll('$', () => '$$')
  return /^[\w@%+=:,./~$-]+$/.test(plain) ? plain : `"${plain.replace(/["\\]/g, '\\$&')}"`
}

/** A path that stands alone on its line. */
function path(text: string): string {
  return text.replaceAll('%', '%%')
}
