import { z } from 'zod'
import { type Reading, unknown } from '../base/reading.ts'
import { fleetInput } from './fleet-plan.ts'
import { defineOperation } from './operation.ts'
import { taggedNodes } from './tagged-nodes.ts'

/** What one node runs. */
export interface VersionRow {
  id: string
  name: string
  openclaw: Reading<string>
  node: Reading<string>
}

/** fleet-versions, from memory: nodes by id. */
export interface VersionList {
  tags: readonly string[]
  rows: VersionRow[]
  /** The versions that are known, most nodes first. */
  versions: { version: string; nodes: string[] }[]
  /** What more than half of the known ones run; null where nothing does. */
  majority: string | null
  /** Nodes that run something else. */
  apart: string[]
  /** Nodes whose version is not known. */
  unread: string[]
}

const inputSchema = z.strictObject(fleetInput)
const NEVER_READ = unknown<never>({ code: 'not-read-yet' }, 0)

/** Which OpenClaw each node runs, which one most of them run, and which nodes stand apart. */
export const fleetVersions = defineOperation<z.infer<typeof inputSchema>, VersionList>({
  name: 'fleet-versions',
  access: 'viewer',
  effect: 'read',
  input: inputSchema,
  nodeOf: () => null,
  // Who sees a part of the fleet sees that part.
  tagsOf: () => null,
  async run(context, { tags }, { actor }) {
    const rows = taggedNodes(context, actor, 'viewer', tags).map(({ id, name }): VersionRow => {
      const { version, nodeVersion } = context.snapshots.get(id)?.install ?? {}
      return { id, name, openclaw: version ?? NEVER_READ, node: nodeVersion ?? NEVER_READ }
    })
    const byVersion = new Map<string, string[]>()
    for (const { id, openclaw } of rows)
      if (openclaw.value !== null)
        byVersion.set(openclaw.value, [...(byVersion.get(openclaw.value) ?? []), id])
    const versions = [...byVersion]
      .map(([version, nodes]) => ({ version, nodes }))
      .sort((a, b) => b.nodes.length - a.nodes.length || b.version.localeCompare(a.version))
    const known = versions.reduce((sum, { nodes }) => sum + nodes.length, 0)
    const [most] = versions
    const majority = most !== undefined && most.nodes.length * 2 > known ? most.version : null
    return {
      outcome: 'done',
      data: {
        tags,
        rows,
        versions,
        majority,
        apart: majority === null ? [] : versions.slice(1).flatMap(({ nodes }) => nodes),
        unread: rows.filter(({ openclaw }) => openclaw.value === null).map(({ id }) => id),
      },
    }
  },
})
