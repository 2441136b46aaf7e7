import { randomUUID } from 'node:crypto'
import type { UnitSetting } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { CallLimits } from '../ssh/call.ts'
import { type ShellCommand, sh } from '../ssh/shell-quote.ts'
import { composeConfig } from './config-document.ts'
import { stateFolder } from './lint-mend.ts'
import type { NodeLink } from './ports.ts'

/** What a node's files look like to whoever checks them. Untrusted. */
export interface LintLook {
  /** Files and folders that hold secrets, with their permissions as an octal number; of a link those of what it names. */
  modes: { path: string; mode: number; folder: boolean; link: boolean }[]
  /** The configuration; null where it cannot be read or is none. Holds secrets. */
  config: unknown
  /** Other files belong to it; they were not looked at. */
  includes: boolean
  /** The port in the command of the login's unit, which wins over the configuration; null where it names none. */
  unitPort: number | null
}

const MOST_CONFIG = 1_048_576
const MOST_UNIT = 65_536
/** Agents whose keys are looked at; a node has a few. */
const MOST_FILES = 200
const SECTIONS = ['modes', 'config', 'unit', 'end'] as const

/** Looks at the files of a node in one round trip. Changes nothing. @throws what {@link NodeLink.exec} throws */
export async function lookToLint(
  link: Pick<NodeLink, 'exec' | 'nodeId'>,
  { state, unit }: { state: string | null; unit: UnitSetting },
  limits: CallLimits,
): Promise<LintLook> {
  const marker = randomUUID()
  const { code, stdout } = await link.exec(lintCommand(marker, state ?? '', unit), limits)
  const sections = new Map(
    stdout
      .split(`${marker} `)
      .slice(1)
      .map((part) => {
        const at = part.indexOf('\n')
        return [part.slice(0, at), part.slice(at + 1)]
      }),
  )
  if (code !== 0 || !SECTIONS.every((name) => sections.has(name)))
    throw new OperatorError('remote-command-failed', {
      ...{ node: link.nodeId, exitCode: code ?? -1 },
      ...(sections.size === 0 && { reason: 'commands-refused' }),
    })
  return {
    modes: modesOf(sections.get('modes') ?? ''),
    ...configOf(sections.get('config') ?? ''),
    unitPort: portOf(sections.get('unit') ?? ''),
  }
}

/**
 * Files that hold keys: the configuration with its copies, variables, keys of agents, and a unit that has the token.
 * Backups of the configuration hold the token as well (run: 2026.9.6).
 */
function lintCommand(marker: string, state: string, { name, level }: UnitSetting): ShellCommand {
  const unit = level === 'user' ? sh`"$HOME"/.config/systemd/user/${name}` : sh`/etc/systemd/system/${name}`
  return sh`${stateFolder(state)}; u=${unit}
printf '%s modes\n' ${marker}
for f in "$s" "$s"/openclaw.json* "$s"/.env "$s"/gateway.systemd.env "$s"/credentials "$s"/agents/*/agent/auth-profiles.json; do
[ -e "$f" ] || continue; l=-; [ -L "$f" ] && l=l
LC_ALL=C stat -L -c "$l"' %a %F|%n' -- "$f"; done 2>/dev/null | head -n ${MOST_FILES}
if grep -q _TOKEN= -- "$u" 2>/dev/null; then
l=-; [ -L "$u" ] && l=l; LC_ALL=C stat -L -c "$l"' %a %F|%n' -- "$u"; fi
printf '\n%s config\n' ${marker}; head -c ${MOST_CONFIG} -- "$s"/openclaw.json 2>/dev/null
printf '\n%s unit\n' ${marker}; head -c ${MOST_UNIT} -- "$u" 2>/dev/null
printf '\n%s end\n' ${marker}`
}

function modesOf(text: string): LintLook['modes'] {
  return text.split('\n').flatMap((line) => {
    const match = /^([l-]) ([0-7]{1,4}) ([^|]{1,40})\|(\/.{1,1000})$/.exec(line)
    if (match === null) return []
    const [, link, mode = '', kind, path = ''] = match
    return [{ path, mode: Number.parseInt(mode, 8), folder: kind === 'directory', link: link === 'l' }]
  })
}

function configOf(text: string): Pick<LintLook, 'config' | 'includes'> {
  const root = '/openclaw/openclaw.json'
  const files = new Map([[root, text.trim()]])
  for (let includes = false; ; includes = true) {
    const document = composeConfig(root, files)
    if (document.kind !== 'needs')
      return { config: document.kind === 'complete' ? document.value : null, includes }
    for (const file of document.files) files.set(file, '{}')
  }
}

function portOf(unit: string): number | null {
  const port = /^ExecStart=.*\s--port[ =]"?(\d{1,5})"?(?:\s|$)/m.exec(unit)?.[1]
  return port === undefined ? null : Number(port)
}
