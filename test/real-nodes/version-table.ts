import fs from 'node:fs/promises'
import path from 'node:path'
import { OPENCLAW_VERSIONS, type OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'

const FILE = path.join(import.meta.dirname, '../../docs/openclaw-versions.md')
const TURN_MS = 3 * 86_400_000

/** What was run on one version, each step with how it ended. */
export interface Ran {
  readonly version: OpenClawVersion
  readonly steps: Partial<Record<Step, string>>
}

const STEPS = [
  'register',
  'list',
  'status',
  'near',
  'compact',
  'reset',
  'prevent',
  'restart',
  'logs',
] as const
type Step = (typeof STEPS)[number]

/**
 * The versions of this run: all with OCM_ALL_VERSIONS=1, those that OCM_VERSIONS names, separated by commas, or else two
 * that take turns, an early and a late one. A turn lasts three days, because `.ci/run` comes here on every third one.
 */
export function versionsToRun(env = process.env, now = Date.now()): readonly OpenClawVersion[] {
  const named = env.OCM_VERSIONS?.split(',').map((name) => name.trim())
  if (named !== undefined) return OPENCLAW_VERSIONS.filter((version) => named.includes(version))
  if (env.OCM_ALL_VERSIONS === '1') return OPENCLAW_VERSIONS
  const half = OPENCLAW_VERSIONS.length / 2
  const turn = Math.floor(now / TURN_MS) % half
  return OPENCLAW_VERSIONS.filter((_, index) => index % half === turn)
}

/** Writes docs/openclaw-versions.md from a run of all versions, when OCM_WRITE_VERSIONS=1 asks for it. */
export async function writeVersionTable(ran: readonly Ran[]): Promise<void> {
  const lines = [['OpenClaw', ...STEPS], ...ran.map(({ version, steps }) => [version, ...cellsOf(steps)])]
  process.stdout.write(`${lines.map((line) => line.join(' | ')).join('\n')}\n`)
  if (process.env.OCM_WRITE_VERSIONS !== '1') return
  await fs.writeFile(FILE, page(lines))
}

function cellsOf(steps: Ran['steps']): string[] {
  return STEPS.map((step) => steps[step] ?? 'not run')
}

function page([heading = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const table = [line(heading), line(heading.map(() => '---')), ...rows.map(line)].join('\n')
  return `# OpenClaw versions

Each version was booted on a real node (Debian 12, systemd, OpenSSH, a stand-in for the model provider) on
${new Date().toISOString().slice(0, 10)}, and every operation was run on it by \`npm run test:versions\`. Two agents, one
session at 160,000 tokens of a window of 200,000, where the provider refuses from 165,952 on (150,000 on 2026.5.12, which
compacts by itself right after a larger turn).

${table}

*near*: how full that session is shown, in per cent of what is usable. *compact*: how it ended, and the context in tokens or
why it is not known yet. *prevent*: the setting that makes OpenClaw compact earlier, as it was read back. *restart*: the way,
and the time until a new process served.

OpenClaw 2026.2.17 tells no version to its clients; it is read from the installation. Before 2026.4.14 a session is compacted
by the message \`/compact\`, because the method of that name cuts the transcript there. Only 2026.9.6 checks for itself that a
reset means the conversation that was confirmed; on the others ocm looks right before. A running turn is known from
2026.5.12 on.

\`npm run test:versions\` runs two of them, which take turns of three days; \`OCM_ALL_VERSIONS=1\` runs all.
`
}
