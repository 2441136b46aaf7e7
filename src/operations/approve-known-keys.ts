import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { hostSchema, type NodeRecord, nodeRecordSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { parseKnownHosts } from '../ssh/known-hosts.ts'
import type { Context } from './context.ts'
import { approvedKey, offeredKeySchema } from './host-key.ts'
import { definePlanned } from './operation.ts'

/** What a record holds at most. */
const MOST_KEYS = 8

const nodeSchema = z.strictObject({
  nodeId: z.string(),
  host: hostSchema,
  sshPort: nodeRecordSchema.shape.sshPort,
})

const planSchema = z.strictObject({
  approve: z.array(nodeSchema.extend({ keys: z.array(offeredKeySchema).min(1) })),
  /** Nodes without a key whose address the file does not have. */
  missing: z.array(nodeSchema),
})
/** What approve-known-keys is about to approve. */
export type KnownKeysPlan = z.infer<typeof planSchema>

/** approve-known-keys: the nodes that have their keys now, and those that still have none. */
export interface KnownKeysResult {
  approved: NodeRecord[]
  missing: number
}

const inputSchema = z.strictObject({
  /** Path of a known_hosts file on the machine that runs ocm. */
  file: z.string().min(1).max(4_096),
})

/**
 * Approves the host keys that a known_hosts file has for nodes without any, with one write. A key that is approved
 * already stays as it is: to replace one is a matter of a single node.
 */
export const approveKnownKeys = definePlanned<
  z.infer<typeof inputSchema>,
  KnownKeysResult,
  never,
  KnownKeysPlan
>({
  name: 'approve-known-keys',
  access: 'admin',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  // Any node may be among them.
  tagsOf: () => [],
  planSchema,
  prepare: async (context, { file }) => ({ plan: await planned(context, file), seen: null }),
  async run(context, _input, call, { plan }) {
    const keysOf = new Map(plan.approve.map((node) => [node.nodeId, node]))
    const now = context.clock.now()
    const approved = await context.registry.updateMany([...keysOf.keys()], (record) => {
      const node = keysOf.get(record.id)
      // The keys belong to an address; the record may have been given another one meanwhile.
      if (!node || record.hostKeys.length > 0 || record.host !== node.host || record.sshPort !== node.sshPort)
        throw new OperatorError('plan-changed', { operation: 'approve-known-keys' })
      return { ...record, hostKeys: node.keys.map((key) => approvedKey(key, call.actor, now)) }
    })
    await Promise.all(approved.map(({ id }) => context.nodes.forget(id)))
    return { outcome: 'done', data: { approved: [...approved], missing: plan.missing.length } }
  },
})

async function planned(context: Context, file: string): Promise<KnownKeysPlan> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const problem = missing ? 'file-missing' : 'file-unreadable'
    throw new OperatorError('known-hosts-unreadable', { file: basename(file), problem }, { cause: error })
  })
  const known = parseKnownHosts(text)
  const plan: KnownKeysPlan = { approve: [], missing: [] }
  for (const { id: nodeId, host, sshPort, state, hostKeys } of context.registry.list()) {
    if (state === 'retired' || hostKeys.length > 0) continue
    const keys = known.lookup(host, sshPort).keys.slice(0, MOST_KEYS)
    if (keys.length > 0) plan.approve.push({ nodeId, host, sshPort, keys: [...keys] })
    else plan.missing.push({ nodeId, host, sshPort })
  }
  return plan
}
