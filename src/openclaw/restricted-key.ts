import type { NodeRecord, UnitSetting } from '../../registry/schema.ts'
import { type Allowed, allowedCommands, HOLES } from '../ssh/allowed-commands.ts'
import { quoteWord } from '../ssh/shell-quote.ts'
import { programOf, sessionsCommand } from './cli.ts'
import { CONFIG_SCRIPT } from './config-file.ts'
import { LISTENERS_SCRIPT } from './listeners.ts'
import { defaultLogCommand, followJournalCommand, journalCommand } from './logs.ts'
import { STORE_SCRIPT } from './offline-sessions.ts'
import { PROBE_SCRIPT } from './probe-script.ts'
import { QUICK_PROBE_SCRIPT } from './quick-probe-script.ts'
import {
  mayRestartCommand,
  resetFailedCommand,
  restartCommand,
  unitArgument,
  unitLevel,
  unitOf,
} from './service.ts'
import type { NodeSnapshot } from './snapshot.ts'

/** What is put on a node so that a key can do there what ocm does every day, and nothing else. */
export interface RestrictedKey {
  /** The line of `authorized_keys`. */
  line: string
  /** Where {@link program} belongs: a path below the home of the login. */
  path: string
  /** The forced command. */
  program: string
  /** Shell text that puts both there, in place of those of an earlier run. */
  installer: string
  /** What root puts into sshd's configuration: a line of a key cannot forbid forwarding to sockets of the machine. */
  sshdConfig: string
}

const END = 'OCM_END_OF_PROGRAM'
const LOOPBACK = ['127.0.0.1', 'localhost', '[::1]'] as const

/**
 * A key for list, status, sessions, logs, restart and the watch of one node.
 * @param snapshot what was last seen of it: where its programs lie
 * @param publicKey type, key and maybe a comment; its type and key were looked at
 */
export function restrictedKey(
  node: NodeRecord,
  snapshot: Pick<NodeSnapshot, 'install' | 'service'> | null,
  publicKey: { type: string; key: string },
): RestrictedKey {
  const path = `.ssh/ocm-${node.id}`
  const ports = LOOPBACK.map((host) => `permitopen="${host}:${node.gatewayPort}"`)
  const options = ['restrict', 'port-forwarding', ...ports, `command="exec \\"$HOME\\"/${path}"`]
  const line = `${options.join(',')} ${publicKey.type} ${publicKey.key} ocm-${node.id}`
  const program = allowedCommands(
    `What a key of ocm may do for the node ${node.id}; made by ocm key restrict.`,
    everyday(node, snapshot),
  )
  return {
    line,
    path,
    program,
    installer: installer(node.id, { line, path, program }),
    sshdConfig: [
      `Match User ${node.sshUser}`,
      '  AllowTcpForwarding local',
      '  AllowStreamLocalForwarding no',
      '',
    ].join('\n'),
  }
}

function everyday(node: NodeRecord, snapshot: Pick<NodeSnapshot, 'install' | 'service'> | null): Allowed[] {
  const state = node.ocPath ?? ''
  const { marker, value, names, number } = HOLES
  const port = node.gatewayPort.toString(16).toUpperCase().padStart(4, '0')
  const setting = unitOf(node)
  const argument = unitArgument(setting)
  const program = snapshot && programOf(snapshot.install, node.ocPath)
  return [
    { script: PROBE_SCRIPT, args: [marker, state, argument, port, value, value, value] },
    { script: QUICK_PROBE_SCRIPT, args: [marker, value, state, value] },
    { script: CONFIG_SCRIPT, args: [marker, state, argument, names] },
    { script: LISTENERS_SCRIPT, args: [argument] },
    { script: STORE_SCRIPT, args: [state] },
    { command: defaultLogCommand(number) },
    ...(program ? [{ command: sessionsCommand(program) }] : []),
    ...unitsOf(setting, snapshot).flatMap(({ name, level }) => [
      { command: journalCommand(name, number, level) },
      { command: followJournalCommand(name, number, level) },
      { command: resetFailedCommand(name, level) },
      { command: restartCommand(name, level) },
      ...(level === 'system' ? [{ command: mayRestartCommand(name) }] : []),
    ]),
  ]
}

/** The unit of the record, and the one that was found where that is another. */
function unitsOf(setting: UnitSetting, snapshot: Pick<NodeSnapshot, 'service'> | null): UnitSetting[] {
  const level = snapshot && unitLevel(snapshot.service)
  const name = snapshot?.service.unit.value ?? null
  if (level === null || name === null) return [setting]
  return name === setting.name && level === setting.level ? [setting] : [setting, { name, level }]
}

function installer(
  id: string,
  { line, path, program }: Pick<RestrictedKey, 'line' | 'path' | 'program'>,
): string {
  return `set -e
umask 077
mkdir -p "$HOME/.ssh"
cat >"$HOME/${path}.new" <<'${END}'
${program}${END}
chmod 500 "$HOME/${path}.new"
mv -f "$HOME/${path}.new" "$HOME/${path}"
keys=$HOME/.ssh/authorized_keys
touch "$keys"
{ grep -v ${quoteWord(` ocm-${id}$`)} "$keys" || :; printf '%s\\n' ${quoteWord(line)}; } >"$keys.ocm"
mv -f "$keys.ocm" "$keys"
`
}
