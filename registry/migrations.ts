import { REGISTRY_VERSION } from './schema.ts'

/** Turns a document of one version into the next. Pure; sets `version` itself. */
export type Migration = (data: Record<string, unknown>) => Record<string, unknown>

/** The step from each version to the one after it. */
export const MIGRATIONS: ReadonlyMap<number, Migration> = new Map([[1, withMaintenance]])

/** Version 2 knows who put a node into maintenance and until when; of the older ones nobody wrote it down. */
function withMaintenance({ nodes, ...data }: Record<string, unknown>): Record<string, unknown> {
  const isRecord = (node: unknown) => typeof node === 'object' && node !== null && !Array.isArray(node)
  const renewed = Array.isArray(nodes)
    ? nodes.map((node: unknown) => (isRecord(node) ? { ...(node as object), maintenance: null } : node))
    : nodes
  return { ...data, version: 2, ...(renewed === undefined ? {} : { nodes: renewed }) }
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
