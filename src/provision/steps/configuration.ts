import { extractJson } from '../../openclaw/cli.ts'
import { compareVersions } from '../../openclaw/versions.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { beforeOf, CLI_MS, must, openclaw, run, said } from '../commands.ts'
import { type Seen, seen } from '../evidence.ts'
import { Fault } from '../fault.ts'
import { STATE } from '../footprint.ts'
import type { Bench, Step, Wanted } from '../step.ts'

/** Since when agents are an object by id. */
const ENTRIES_SINCE = '2026.8.1'
const VALIDATE_SINCE = '2026.3.2'
/** What the token takes the place of; a line of its own, so that the shell can find it. */
export const TOKEN_LINE = '      "mode": "token"'

/** The configuration of a new node: reachable from its own loopback only, with a token that is made on the node. */
export function configText({ gatewayPort, model }: Wanted, home: string, version: string | null): string {
  const workspace = `${home}/${STATE}/workspace`
  const isNew = version === null || compareVersions(version, ENTRIES_SINCE) >= 0
  const defaults = { ...(model === null ? {} : { model: { primary: model } }), workspace }
  const agents = isNew ? { entries: { main: {} } } : { list: [{ id: 'main', default: true }] }
  const config = {
    gateway: { mode: 'local', bind: 'loopback', port: gatewayPort, auth: { mode: 'token' } },
    agents: { defaults, ...agents },
  }
  return `${JSON.stringify(config, null, 2)}\n`
}

const WRITE = sh`umask 077; mkdir -p -- "$HOME"/${STATE} && cat >"$HOME"/${`${STATE}/openclaw.json.tmp`} && mv -- "$HOME"/${`${STATE}/openclaw.json.tmp`} "$HOME"/${`${STATE}/openclaw.json`}`

/** What OpenClaw itself says of its configuration. @throws Fault config-refused */
async function validated(bench: Bench): Promise<Seen[]> {
  const version = bench.openclawVersion
  if (version !== null && compareVersions(version, VALIDATE_SINCE) < 0) return [seen('not-validated')]
  const result = await run(bench, openclaw(bench, ['config', 'validate', '--json']), { deadlineMs: CLI_MS })
  const told = extractJson(result.stdout) as { valid?: unknown; warnings?: unknown } | undefined
  if (result.code !== 0 || told?.valid !== true) throw new Fault('config-refused', said(bench, result))
  const warnings = Array.isArray(told.warnings) ? told.warnings.length : 0
  return [seen('valid', { count: warnings })]
}

/** Written only where there is none; one that is there stays as it is, and OpenClaw has to accept it. */
export const configuration: Step = {
  name: 'configuration',
  commands: () => [WRITE.toString(), 'openclaw config validate --json'],
  async check(bench) {
    const { code } = await run(bench, sh`[ -e "$HOME"/${`${STATE}/openclaw.json`} ]`)
    return code === 0 ? { state: 'satisfied', seen: await validated(bench) } : { state: 'missing' }
  },
  async act(bench) {
    const text = configText(bench.wanted, beforeOf(bench).home, bench.openclawVersion)
    await must(bench, WRITE, 'write-failed', { stdin: text })
  },
  verify: validated,
}
