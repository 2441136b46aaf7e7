import { randomUUID } from 'node:crypto'
import type { Readable } from 'node:stream'
import { z } from 'zod'
import { OperatorError } from '../../base/errors.ts'
import { redact } from '../../base/redact.ts'
import type { CallLimits } from '../../ssh/call.ts'
import { sh } from '../../ssh/shell-quote.ts'
import { extractJson } from '../cli.ts'
import { endedWell } from '../ended-well.ts'
import type { NodeLink } from '../ports.ts'
import { VALIDATE_SCRIPT } from './script.ts'

/** What OpenClaw is to look at. Paths are absolute and as they were on the machine of the backup. */
export interface ValidationRequest {
  /** OpenClaw's program on the node, and the Node.js for it; null looks that up in PATH. */
  binary: string
  nodeBinary: string | null
  home: string
  state: string
  config: string
  /** OpenClaw's own databases; `agentId` null is the one of the state. */
  databases: readonly { path: string; agentId: string | null }[]
  /** Of everything that comes. */
  bytes: number
}

/** What OpenClaw refused, in its words; untrusted. */
export interface Refusal {
  what: 'config' | 'database'
  /** The key or the file that it is about, and why. */
  detail: string
}

/** What OpenClaw said. A verdict is null where it has no such check or gave no answer. */
export interface OpenClawVerdict {
  config: boolean | null
  databases: readonly (boolean | null)[]
  refusals: Refusal[]
  /** The folder could not be removed; the next run does. */
  left: boolean
}

/** Seconds for one check: they take one to three on a machine that has nothing else to do. */
const CHECK_SECONDS = 120
/** Room besides what comes, for what OpenClaw writes. */
const ROOM_KIB = 64 * 1024
const MOST_ISSUES = 10
const DETAIL = 300

/**
 * OpenClaw accepts what it can open, also after a migration; `indeterminate` is what it could not read, and its gateway does not
 * start on that (run: 2026.9.6).
 */
const REFUSED = ['incompatible', 'indeterminate']

const text = z.string().catch('')
const configSchema = z.looseObject({
  valid: z.boolean(),
  issues: z
    .array(z.looseObject({ path: text, message: text }))
    .catch([])
    .default([]),
})
const databaseSchema = z.looseObject({
  schema: z.string().startsWith('openclaw.'),
  status: z.string().max(60),
  reason: text.optional(),
  foundVersion: z.int().nullish().catch(null),
  targetVersion: z.int().nullish().catch(null),
})

/**
 * Lets the OpenClaw of a node look at files of a backup in a scratch folder there, which is gone afterwards.
 * @param tar has their names relative to `/`
 * @throws OperatorError remote-command-failed {exitCode}: see {@link VALIDATE_SCRIPT}; connection-lost, and what {@link NodeLink.upload} throws
 */
export async function validateThere(
  link: Pick<NodeLink, 'nodeId' | 'upload'>,
  request: ValidationRequest,
  tar: Readable,
  limits: CallLimits,
): Promise<OpenClawVerdict> {
  const marker = randomUUID()
  const { binary, nodeBinary, home, state, config, databases, bytes } = request
  const kib = Math.ceil(bytes / 1024) + ROOM_KIB
  const words = [marker, nodeBinary ?? '', binary, String(kib), String(CHECK_SECONDS), home, state, config]
  const pairs = databases.flatMap(({ path, agentId }) => [path, agentId ?? ''])
  const command = sh`exec sh -c ${VALIDATE_SCRIPT.text} ocm-validate ${[...words, ...pairs]}`
  const result = await link.upload(command, tar, limits)
  const node = link.nodeId
  endedWell(node, result)
  const { stdout } = result
  const ends = new RegExp(`${marker} end (yes|no)\n$`).exec(stdout)
  if (ends === null) throw new OperatorError('connection-lost', { node })
  const answers = answersIn(stdout, marker)
  const refusals: Refusal[] = []
  return {
    config: configVerdict(answers.get('config') ?? '', refusals),
    databases: databases.map(({ path }, at) =>
      databaseVerdict(answers.get(String(at)) ?? '', path, refusals),
    ),
    refusals,
    left: ends[1] === 'yes',
  }
}

/** What each check printed, by its name. */
function answersIn(stdout: string, marker: string): Map<string, string> {
  const answers = new Map<string, string>()
  for (const part of stdout.split(`\n${marker} check `).slice(1)) {
    const at = part.indexOf('\n')
    const [name = ''] = part.slice(0, at).split(' ')
    answers.set(name, part.slice(at + 1).split(`\n${marker} said\n`)[0] ?? '')
  }
  return answers
}

function configVerdict(answer: string, refusals: Refusal[]): boolean | null {
  const read = configSchema.safeParse(extractJson(answer))
  if (!read.success) return null
  const { valid, issues } = read.data
  if (valid) return true
  for (const { path, message } of issues.slice(0, MOST_ISSUES))
    refusals.push({ what: 'config', detail: told([path, message]) })
  if (issues.length === 0) refusals.push({ what: 'config', detail: '' })
  return false
}

function databaseVerdict(answer: string, path: string, refusals: Refusal[]): boolean | null {
  const read = databaseSchema.safeParse(extractJson(answer))
  if (!read.success) return null
  const { status, reason, foundVersion, targetVersion } = read.data
  if (!REFUSED.includes(status)) return true
  const versions = status === 'incompatible' ? `${foundVersion ?? '?'} → ${targetVersion ?? '?'}` : ''
  refusals.push({ what: 'database', detail: told([path, reason || versions]) })
  return false
}

function told(parts: readonly string[]): string {
  return redact(parts.filter(Boolean).join(': ')).text.slice(0, DETAIL)
}
