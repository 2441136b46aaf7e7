import { randomUUID } from 'node:crypto'
import type { UnitSetting } from '../../registry/schema.ts'
import type { Reason } from '../base/reading.ts'
import type { CallLimits } from '../ssh/call.ts'
import { sh } from '../ssh/shell-quote.ts'
import type { ScriptResult, ScriptText } from '../ssh/ssh.ts'
import { composeConfig } from './config-document.ts'
import {
  CONFIG_SCRIPT,
  type ConfigPrint,
  FILES_SCRIPT,
  parseConfigPrint,
  parseFilesPrint,
} from './config-file.ts'
import type { NodeLink } from './ports.ts'
import { unitArgument, unitOf } from './service.ts'

/** What runs a script on a node and tells what it printed. */
export interface ScriptRunner {
  script(
    script: ScriptText,
    limits: CallLimits & { args?: readonly string[] },
  ): Promise<Pick<ScriptResult, 'stdout' | 'code'>>
}

/** Runs each script as a command of its own, over a link that has no held shell to offer. */
export function runnerOver(link: Pick<NodeLink, 'exec'>): ScriptRunner {
  return {
    async script(script, { args = [], ...bounds }) {
      const { stdout, code } = await link.exec(sh`sh -c ${script.text} ocm ${args}`, bounds)
      return { stdout, code: code ?? -1 }
    },
  }
}

const CONFIG_BYTES = 4 * 1024 * 1024
/** OpenClaw's limit is ten levels; each costs a round trip. */
const MOST_INCLUDE_ROUNDS = 10
const FAILURES: Readonly<Record<number, Reason['code']>> = { 3: 'config-missing', 4: 'permission-denied' }

/**
 * The text of a node's openclaw.json and what its gateway has in the named variables, or why it cannot be read.
 * @throws OperatorError what running a script throws
 */
export async function printConfig(
  node: ScriptRunner,
  statePath: string | null,
  names: readonly string[],
  limits: CallLimits,
  unit: UnitSetting = unitOf({ unit: null, ocPath: statePath }),
): Promise<({ kind: 'printed' } & ConfigPrint) | { kind: 'failed'; reason: Reason }> {
  const marker = randomUUID()
  const result = await node.script(CONFIG_SCRIPT, {
    ...limits,
    maxOutputBytes: CONFIG_BYTES,
    args: [marker, statePath ?? '', unitArgument(unit), ...names],
  })
  const printed = result.code === 0 ? parseConfigPrint(result.stdout, marker) : null
  if (printed !== null) return { kind: 'printed', ...printed }
  return { kind: 'failed', reason: { code: FAILURES[result.code] ?? 'commands-refused' } }
}

/** The configuration with its included files, read level by level; null for one that OpenClaw would not take either. */
export async function composePrinted(
  node: ScriptRunner,
  path: string,
  text: string,
  limits: CallLimits,
): Promise<unknown> {
  const files = new Map<string, string | null>([[path, text]])
  for (let round = 0; round <= MOST_INCLUDE_ROUNDS; round += 1) {
    const document = composeConfig(path, files)
    if (document.kind === 'invalid') return null
    if (document.kind === 'complete') return document.value
    for (const [file, content] of await printFiles(node, document.files, limits)) files.set(file, content)
  }
  return null
}

/** The text of each of these files, by absolute paths; null for one that is not there or cannot be read. */
export async function printFiles(
  node: ScriptRunner,
  paths: readonly string[],
  limits: CallLimits,
): Promise<Map<string, string | null>> {
  const marker = randomUUID()
  const { stdout } = await node.script(FILES_SCRIPT, {
    ...limits,
    maxOutputBytes: CONFIG_BYTES,
    args: [marker, ...paths],
  })
  return parseFilesPrint(stdout, marker, paths)
}
