import { z } from 'zod'
import { type NodeRecord, nodeIdSchema, nodeRecordSchema } from '../../registry/schema.ts'
import { isActive } from '../incidents/placing.ts'
import type { Context } from './context.ts'
import { definePlanned } from './operation.ts'
import { isRuled } from './second-person.ts'

const inputSchema = z.strictObject({ node: nodeIdSchema })

const planSchema = z.strictObject({
  ...nodeRecordSchema.pick({
    id: true,
    name: true,
    host: true,
    sshPort: true,
    sshUser: true,
    tags: true,
    state: true,
  }).shape,
  /** Incidents of the node that are open now. */
  openIncidents: z.int(),
})
/** The entry that remove-node is about to forget. */
export type RemovePlan = z.infer<typeof planSchema>

/** remove-node: the entry as it was. */
export interface RemoveResult {
  node: NodeRecord
}

/**
 * Forgets a node: its entry, its host key, what was last seen of it, and the rules and mutes of it alone. The node itself is not touched, so this also
 * works for one that cannot be reached.
 */
export const removeNode = definePlanned<z.infer<typeof inputSchema>, RemoveResult, never, RemovePlan>({
  name: 'remove-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: (input) => input.node,
  // It is taken from everybody who has a part in it.
  tagsOf: (_input, node) => node?.tags ?? [],
  allowRetired: true,
  // Registered anew it may have other tags, and other rules.
  loosens: ({ approvals }, _input, node) => (node?.tags ?? []).some((tag) => isRuled(approvals, tag)),
  planSchema,
  async prepare(context, _input, call) {
    const { id, name, host, sshPort, sshUser, tags, state } = call.node()
    const openIncidents = context.incidents
      .state()
      .incidents.filter((one) => isActive(one) && one.subject.nodeId === id).length
    return { plan: { id, name, host, sshPort, sshUser, tags, state, openIncidents }, seen: null }
  },
  // What is forgotten is the entry, however it stands.
  holds: (confirmed, now) => confirmed.id === now.id && confirmed.tags.join() === now.tags.join(),
  async run(context, _input, call) {
    const node = await context.registry.remove(call.node().id)
    context.snapshots.delete(node.id)
    await context.nodes.forget(node.id)
    await forgetRules(context, node.id)
    await tellIncidents(context, node.id)
    return { outcome: 'done', data: { node } }
  },
})

/** What was set for it alone goes with it: another machine that gets its id later must not be silent because of it. */
async function forgetRules({ rules, incidents, decommissions, log }: Context, nodeId: string): Promise<void> {
  const isOfNode = (scope: object) => 'node' in scope && scope.node === nodeId
  try {
    if (rules.value().overrides.some(({ scope }) => isOfNode(scope)))
      await rules.update(({ overrides, ...file }) => ({
        ...file,
        overrides: overrides.filter(({ scope }) => !isOfNode(scope)),
      }))
    for (const { agentId, tag, ...mute } of incidents.state().mutes)
      if (mute.nodeId === nodeId) await incidents.apply({ kind: 'unmute', nodeId, agentId, tag })
    await decommissions.setSuspect(nodeId, null)
  } catch (error) {
    log.warn({ err: error, node: nodeId }, 'what was set for a removed node is still there')
  }
}

/** Has its incidents put aside now. Where that fails the next sweep does it, and what was done is done. */
async function tellIncidents({ incidents, log }: Context, nodeId: string): Promise<void> {
  await incidents.apply({ kind: 'tick' }).catch((error: unknown) => {
    log.warn({ err: error, node: nodeId }, 'the incidents could not be told of a removal')
  })
}
