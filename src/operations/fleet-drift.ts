import { posix } from 'node:path'
import pLimit from 'p-limit'
import { z } from 'zod'
import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import { type Setting, settingsOf } from '../openclaw/config-settings.ts'
import { readConfig } from '../openclaw/methods/config.ts'
import { isUnread } from '../openclaw/node-state.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import type { Context } from './context.ts'
import { fleetInput } from './fleet-plan.ts'
import { defineOperation } from './operation.ts'
import { taggedNodes } from './tagged-nodes.ts'

/** One setting in which a node differs from most others. Values are JSON, untrusted; null where it is not set. */
export interface Difference {
  path: string
  has: string | null
  most: string | null
  /** A secret: that it differs is all that is told, and its values are null. */
  secret: boolean
}

/** Nodes that are compared with each other. */
export interface DriftGroup {
  /** What they have in common; null for the nodes without a tag. */
  tag: string | null
  /** Those that were read. */
  nodes: string[]
  apart: { id: string; differences: Difference[]; more: number }[]
  /** Settings of which no value is that of more than half, and how many values there are. */
  mixed: { path: string; values: number }[]
}

/** fleet-drift. A difference is told once, in the smallest group in which it shows. */
export interface DriftList {
  tags: readonly string[]
  groups: DriftGroup[]
  /** Those that were read and have nobody to be compared with. */
  alone: string[]
  unread: { id: string; reason: Reason }[]
}

interface Read {
  id: string
  tags: readonly string[]
  settings: ReadonlyMap<string, Setting>
  /** Paths of which nobody knows what this node has. */
  unknown: ReadonlySet<string>
}

const AT_ONCE = 16
/** Differences of one node that are told one by one. */
const MOST_TOLD = 50
const MOST_MIXED = 50
/** What is a node's own: who it is, what lives on it, when it was written. */
const OWN = /^(?:meta|wizard|bindings|gateway\.port|agents\.(?:entries|list))(?:[.[]|$)/
const VERSIONS = { openclaw: 'OpenClaw', node: 'Node.js' } as const

/** In what each node differs from most of those with the same tag: settings and versions. Nothing is changed. */
export const fleetDrift = defineOperation<z.infer<z.ZodObject<typeof fleetInput>>, DriftList>({
  name: 'fleet-drift',
  access: 'viewer',
  effect: 'read',
  input: z.strictObject(fleetInput),
  nodeOf: () => null,
  // Who sees a part of the fleet sees that part.
  tagsOf: () => null,
  async run(context, { tags }, { actor, signal }) {
    const nodes = taggedNodes(context, actor, 'viewer', tags)
    const limit = pLimit(AT_ONCE)
    const looks = await Promise.all(
      nodes.map((node) =>
        limit(async () => {
          signal.throwIfAborted()
          return await read(context, node, signal)
        }),
      ),
    )
    const found = looks.filter((look) => 'settings' in look)
    const unread = looks.filter((look) => 'reason' in look)
    const outcome = unread.length === 0 ? 'done' : found.length === 0 ? 'unknown' : 'partial'
    const groups = groupsOf(found, tags)
    const compared = new Set(groups.flatMap((group) => group.nodes))
    const alone = found.flatMap(({ id }) => (compared.has(id) ? [] : id))
    return { outcome, data: { tags, groups, alone, unread } }
  },
})

async function read(
  context: Context,
  node: NodeRecord,
  signal: AbortSignal,
): Promise<Read | DriftList['unread'][number]> {
  const { id, tags } = node
  const { listDeadlineMs: deadlineMs } = context.limits
  // Where the home of the login is has to be known: paths below it are no differences.
  const snapshot = await observeNode(context, node, { kind: 'list', deadlineMs, signal })
  if (isUnread(snapshot)) return { id, reason: snapshot.reason ?? { code: 'not-reported' } }
  try {
    const { parsed } = await readConfig(context.nodes.link(node))
    const path = snapshot.install.configPath.value
    if (path === null) return { id, reason: snapshot.install.configPath.reason }
    const home = posix.dirname(posix.dirname(path))
    const settings = new Map<string, Setting>()
    for (const setting of settingsOf(parsed, home))
      if (!OWN.test(setting.path)) settings.set(setting.path, setting)
    const unknown = new Set<string>()
    const versions = { openclaw: snapshot.install.version.value, node: snapshot.install.nodeVersion.value }
    for (const name of ['openclaw', 'node'] as const) {
      const value = versions[name]
      if (value === null) unknown.add(VERSIONS[name])
      else settings.set(VERSIONS[name], { path: VERSIONS[name], compares: value, shown: value })
    }
    return { id, tags, settings, unknown }
  } catch (error) {
    if (error instanceof OperatorError) return { id, reason: reasonOfError(error) }
    throw error
  }
}

function groupsOf(found: readonly Read[], asked: readonly string[]): DriftGroup[] {
  const names = asked.length > 0 ? [asked.join(', ')] : [...new Set(found.flatMap(({ tags }) => tags))]
  const members = names.map((tag) => ({
    tag: tag as string | null,
    nodes: asked.length > 0 ? [...found] : found.filter(({ tags }) => tags.includes(tag)),
  }))
  const bare = asked.length > 0 ? [] : found.filter(({ tags }) => tags.length === 0)
  const told = new Set<string>()
  return [...members, { tag: null, nodes: bare }]
    .filter(({ nodes }) => nodes.length > 1)
    .sort((a, b) => a.nodes.length - b.nodes.length || (a.tag ?? '').localeCompare(b.tag ?? ''))
    .map(({ tag, nodes }) => compare(tag, nodes, told))
}

function compare(tag: string | null, nodes: readonly Read[], told: Set<string>): DriftGroup {
  const apart = new Map<string, Difference[]>()
  const mixed: DriftGroup['mixed'] = []
  const paths = new Set(nodes.flatMap(({ settings }) => [...settings.keys()]))
  for (const path of [...paths].sort()) {
    const known = nodes.filter(({ unknown }) => !unknown.has(path))
    const counts = new Map<string | undefined, number>()
    for (const { settings } of known) {
      const value = settings.get(path)?.compares
      counts.set(value, (counts.get(value) ?? 0) + 1)
    }
    if (counts.size < 2) continue
    const [value, count] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a))
    if (count * 2 <= known.length) {
      mixed.push({ path, values: counts.size })
      continue
    }
    const most = known.find(({ settings }) => settings.get(path)?.compares === value)?.settings.get(path)
    for (const { id, settings } of known) {
      const has = settings.get(path)
      if (has?.compares === value || told.has(`${id} ${path}`)) continue
      told.add(`${id} ${path}`)
      const secret = has?.shown === null || most?.shown === null
      const shown = secret
        ? { has: null, most: null }
        : { has: has?.shown ?? null, most: most?.shown ?? null }
      apart.set(id, [...(apart.get(id) ?? []), { path, ...shown, secret }])
    }
  }
  return {
    tag,
    nodes: nodes.map(({ id }) => id),
    apart: [...apart].map(([id, all]) => ({
      id,
      differences: all.slice(0, MOST_TOLD),
      more: Math.max(0, all.length - MOST_TOLD),
    })),
    mixed: mixed.slice(0, MOST_MIXED),
  }
}
