import { REGISTRY_VERSION } from './schema.ts'

/** Turns a document of one version into the next. Pure; sets `version` itself. */
export type Migration = (data: Record<string, unknown>) => Record<string, unknown>

/** The step from each version to the one after it. */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map([
  [1, withMaintenance],
  [2, withWays],
])

/** Version 2 knows who put a node into maintenance and until when; of the older ones nobody wrote it down. */
function withMaintenance(data: Record<string, unknown>): Record<string, unknown> {
  return { ...withNodeFields(data, { maintenance: null }), version: 2 }
}

/** Version 3 knows jump hosts, of nodes and of tags, and units with a name of their own. */
function withWays(data: Record<string, unknown>): Record<string, unknown> {
  return { ...withNodeFields(data, { unit: null, jump: null }), version: 3, jumps: {} }
}

/** Adds fields to every node. What is no node stays as it is: the schema names it. */
function withNodeFields(data: Record<string, unknown>, fields: object): Record<string, unknown> {
  if (!Array.isArray(data.nodes)) return data
  const isRecord = (node: unknown) => typeof node === 'object' && node !== null && !Array.isArray(node)
  return {
    ...data,
    nodes: data.nodes.map((node: unknown) => (isRecord(node) ? { ...(node as object), ...fields } : node)),
  }
}

/**
 * Brings a document to `target`, one version at a time.
 * @returns null when a step is missing or does not lead to the next version: the document is of no known version
 */
export function migrate(
  data: Record<string, unknown>,
  version: number,
  migrations: ReadonlyMap<number, Migration> = MIGRATIONS,
  target: number = REGISTRY_VERSION,
): Record<string, unknown> | null {
  let current = data
  for (let at = version; at < target; at++) {
    const next = migrations.get(at)?.(structuredClone(current))
    if (next?.version !== at + 1) return null
    current = next
  }
  return current
}
