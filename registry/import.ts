import { z } from 'zod'
import type { Clock } from '../src/base/clock.ts'
import { OperatorError } from '../src/base/errors.ts'
import { parseJsonText } from '../src/state/json-text.ts'
import { parseAddress } from './address-text.ts'
import {
  cleanLine,
  fittingId,
  noteText,
  portOf,
  secretsIn,
  textOf,
  type UnknownRecord,
} from './import-fields.ts'
import { jumpOf, type TagJumps } from './jumps.ts'
import { addressOf } from './parse.ts'
import type { Registry } from './registry.ts'
import {
  DEFAULT_GATEWAY_PORT,
  DEFAULT_SSH_PORT,
  jumpHostSchema,
  type NodeRecord,
  nodeRecordSchema,
  remotePathSchema,
  type SeedNode,
  seedNodeSchema,
  sshUserSchema,
} from './schema.ts'

const MAX_BYTES = 32 * 1024 * 1024

/** Why an entry is not taken in. */
const skipSchema = z.enum([
  'already-registered',
  'address-registered',
  'duplicate-id',
  'duplicate-address',
  'not-an-object',
  'host-missing',
  'host-invalid',
  'jump-chain',
  'proxy-command',
])
export type ImportSkip = z.infer<typeof skipSchema>

/** An entry that is left out. `list` and `index` say where it stands in the file. */
const skippedEntrySchema = z.strictObject({
  list: z.enum(['nodes', 'retired']),
  index: z.int(),
  id: z.string(),
  why: skipSchema,
})
export type SkippedEntry = z.infer<typeof skippedEntrySchema>

/** A value that is taken in differently from how it stands in the file. `from` is null where nothing was there. */
const importNoteSchema = z.strictObject({
  node: z.string(),
  field: z.enum(['id', 'name', 'sshPort', 'sshUser', 'gatewayPort', 'ocPath', 'state', 'stateReason']),
  from: z.string().nullable(),
  to: z.string(),
})
export type ImportNote = z.infer<typeof importNoteSchema>

/** What an import will do; nothing is done yet. */
export const importPlanSchema = z.strictObject({
  add: z.array(seedNodeSchema),
  skip: z.array(skippedEntrySchema),
  notes: z.array(importNoteSchema),
  /** Tokens and passwords in the file. They are counted and never copied. */
  secretsDropped: z.int(),
  /** Names of fields that have no place in this registry. */
  fieldsDropped: z.array(z.string()),
})
export type ImportPlan = z.infer<typeof importPlanSchema>

interface Draft {
  existing: readonly NodeRecord[]
  jumps: TagJumps
  now: string
  sshUser: string
  add: SeedNode[]
  skip: SkippedEntry[]
  notes: ImportNote[]
}

/**
 * Reads an old `nodes-registry.json` in either of its published shapes and plans its import. Shape one: `nodes` with id,
 * name, host, sshPort, sshUser, ocPath, gatewayPort, and `retired` with retiredAt and errors besides. Shape two: `nodes`
 * with id, host, port (the gateway's), agents and status. Pure.
 * @param options.sshUser login user of entries that name none; root when left out
 * @param options.jumps the jump hosts of tags
 * @throws OperatorError import-unreadable with problem, line, column, where
 */
export function planImport(
  text: string | Uint8Array,
  existing: readonly NodeRecord[],
  clock: Pick<Clock, 'now'>,
  options: { sshUser?: string; jumps?: TagJumps } = {},
): ImportPlan {
  const { root, nodes, retired } = readShape(text)
  const draft: Draft = {
    existing,
    jumps: options.jumps ?? {},
    now: new Date(clock.now()).toISOString(),
    sshUser: options.sshUser ?? 'root',
    add: [],
    skip: [],
    notes: [],
  }
  for (const [index, entry] of nodes.entries()) planEntry(draft, 'nodes', index, entry)
  // The same node may have been retired several times; the last time is the one that counts.
  const latestFirst = [...retired.entries()].sort(([, a], [, b]) =>
    retiredStamp(b).localeCompare(retiredStamp(a)),
  )
  for (const [index, entry] of latestFirst) planEntry(draft, 'retired', index, entry)
  const { secrets, unknown } = secretsIn(root)
  return {
    add: draft.add,
    skip: draft.skip,
    notes: draft.notes,
    secretsDropped: secrets,
    fieldsDropped: unknown,
  }
}

/** Takes in what was planned, with one write: everything or nothing. @throws what {@link Registry.addMany} throws */
export function applyImport(
  registry: Pick<Registry, 'addMany'>,
  plan: ImportPlan,
): Promise<readonly NodeRecord[]> {
  return plan.add.length === 0 ? Promise.resolve([]) : registry.addMany(plan.add)
}

function readShape(text: string | Uint8Array): {
  root: UnknownRecord
  nodes: readonly unknown[]
  retired: readonly unknown[]
} {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  if (bytes.length > MAX_BYTES) throw unreadable({ problem: 'too-large', line: 0, column: 0, where: '' })
  // The old tool wrote with a plain editor's encoding: a byte order mark does no harm in a file that is only read.
  const marked = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf
  const parsed = parseJsonText(marked ? bytes.subarray(3) : bytes)
  if ('fault' in parsed) throw unreadable(parsed.fault)
  const { document } = parsed
  const root = document.value
  if (!isRecord(root)) throw unreadable(document.faultAt([], 'wrong-type'))
  const { nodes, retired } = root
  if (nodes === undefined && retired === undefined) throw unreadable(document.faultAt(['nodes'], 'missing'))
  if (nodes !== undefined && !Array.isArray(nodes))
    throw unreadable(document.faultAt(['nodes'], 'wrong-type'))
  if (retired !== undefined && !Array.isArray(retired))
    throw unreadable(document.faultAt(['retired'], 'wrong-type'))
  return { root, nodes: nodes ?? [], retired: retired ?? [] }
}

function planEntry(draft: Draft, list: 'nodes' | 'retired', index: number, entry: unknown): void {
  const shown = isRecord(entry) ? cleanLine(textOf(entry.id) ?? '', 63) : ''
  const skip = (why: ImportSkip) => void draft.skip.push({ list, index, id: shown, why })
  if (!isRecord(entry)) return skip('not-an-object')
  const spelled = textOf(entry.host)?.trim() ?? ''
  if (spelled === '') return skip('host-missing')
  const address = parseAddress(spelled)
  if (address === null) return skip('host-invalid')
  const { host } = address

  const given = textOf(entry.id)?.trim() ?? ''
  const wanted = fittingId(given === '' ? host : given)
  if (hasId(draft.existing, wanted)) return skip('already-registered')
  if (hasId(draft.add, wanted) && wanted === given) return skip('duplicate-id')
  const id = freeId(draft, wanted)
  const notes: ImportNote[] = []
  const note = (field: ImportNote['field'], from: unknown, to: string) =>
    void notes.push({
      node: id,
      field,
      from: from === undefined || from === null ? null : noteText(from),
      to,
    })
  if (id !== given) note('id', entry.id, id)

  const fields = {
    ...entry,
    sshPort: entry.sshPort ?? address.port,
    sshUser: entry.sshUser ?? address.user,
  }
  const jump = jumpHostSchema.safeParse(entry.jump).data
  const node = {
    ...fieldsOf(draft, fields, id, note),
    ...(jump ? { jump } : {}),
    host,
    ...stateOf(draft, list, entry, note),
  }
  if (node.state !== 'retired') {
    if (hasAddress(draft, draft.existing, node)) return skip('address-registered')
    if (hasAddress(draft, draft.add, node)) return skip('duplicate-address')
  }
  draft.add.push(node)
  draft.notes.push(...notes)
}

type TakeNote = (field: ImportNote['field'], from: unknown, to: string) => void

function fieldsOf(draft: Draft, entry: UnknownRecord, id: string, note: TakeNote): Omit<SeedNode, 'host'> {
  const port = (field: 'sshPort' | 'gatewayPort', value: unknown, fallback: number) => {
    const number = portOf(value)
    if (number === null) note(field, value, String(fallback))
    return number ?? fallback
  }
  const givenName = textOf(entry.name)?.trim() ?? ''
  const name = cleanLine(givenName === '' ? (textOf(entry.id) ?? id) : givenName, 80) || id
  if (givenName !== '' && name !== givenName) note('name', entry.name, name)
  const user = textOf(entry.sshUser)?.trim()
  const sshUser = sshUserSchema.safeParse(user).data ?? draft.sshUser
  if (sshUser !== user) note('sshUser', entry.sshUser, sshUser)
  const path = textOf(entry.ocPath)?.trim() ?? ''
  const ocPath = remotePathSchema.safeParse(path).data ?? null
  if (path !== '' && ocPath === null) note('ocPath', entry.ocPath, '~/.openclaw')
  return {
    id,
    name,
    sshPort: port('sshPort', entry.sshPort, DEFAULT_SSH_PORT),
    sshUser,
    gatewayPort: port('gatewayPort', entry.gatewayPort ?? entry.port, DEFAULT_GATEWAY_PORT),
    ocPath,
    tags: [],
    hostKeys: [],
    agents: agentsOf(draft, entry.agents),
  }
}

function stateOf(
  draft: Draft,
  list: 'nodes' | 'retired',
  entry: UnknownRecord,
  note: TakeNote,
): Pick<SeedNode, 'state' | 'stateReason' | 'retiredAt'> {
  const status = textOf(entry.status)?.trim().toLowerCase()
  if (list === 'nodes' && status !== 'retired' && status !== 'inactive') {
    const state = status === 'maintenance' ? 'maintenance' : 'active'
    if (status !== undefined && status !== state) note('state', entry.status, state)
    return { state, stateReason: null, retiredAt: null }
  }
  if (list === 'nodes' && status !== 'retired') note('state', entry.status, 'retired')
  const errors = Array.isArray(entry.errors) ? entry.errors.filter((error) => typeof error === 'string') : []
  const stateReason = cleanLine(errors.join('; '), 300) || null
  if (stateReason !== null) note('stateReason', null, stateReason)
  const stamp = retiredStamp(entry)
  return { state: 'retired', stateReason, retiredAt: stamp === '' ? draft.now : stamp }
}

/** The stamp of a retired entry as UTC; empty when there is none. Stamps without a zone are taken as UTC. */
function retiredStamp(entry: unknown): string {
  const text = isRecord(entry) ? textOf(entry.retiredAt) : undefined
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}/.test(text)) return ''
  const zoned = /(?:Z|[+-]\d{2}:?\d{2})$/i.test(text) || !text.includes('T') ? text : `${text}Z`
  const time = Date.parse(zoned)
  return Number.isNaN(time) ? '' : new Date(time).toISOString()
}

function agentsOf(draft: Draft, value: unknown): NodeRecord['agents'] {
  const items: readonly unknown[] = Array.isArray(value) ? value : []
  return items.slice(0, 512).flatMap((item) => {
    const id = cleanLine(textOf(isRecord(item) ? (item.id ?? item.name) : item) ?? '', 128)
    const model = isRecord(item) ? cleanLine(textOf(item.model) ?? '', 256) || null : null
    const agent = nodeRecordSchema.shape.agents.element.safeParse({ id, model, seenAt: draft.now })
    return agent.success ? [agent.data] : []
  })
}

function freeId(draft: Draft, wanted: string): string {
  let id = wanted
  for (let count = 2; hasId(draft.existing, id) || hasId(draft.add, id); count++)
    id = `${wanted.slice(0, 58)}-${count}`
  return id
}

function hasId(nodes: readonly { id: string }[], id: string): boolean {
  return nodes.some((node) => node.id.toLowerCase() === id.toLowerCase())
}

function hasAddress({ jumps }: Draft, nodes: readonly SeedNode[], node: SeedNode): boolean {
  const addressIn = (one: SeedNode) =>
    addressOf(one, jumpOf({ jump: one.jump ?? null, tags: one.tags }, jumps))
  return nodes.some((other) => other.state !== 'retired' && addressIn(other) === addressIn(node))
}

function isRecord(value: unknown): value is UnknownRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function unreadable(fault: { problem: string; line: number; column: number; where: string }): OperatorError {
  const { problem, line, column, where } = fault
  return new OperatorError('import-unreadable', { problem, line, column, where })
}
