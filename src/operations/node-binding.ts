import { z } from 'zod'
import { jumpOf, type TagJumps } from '../../registry/jumps.ts'
import { jumpHostSchema, type NodeRecord, nodeRecordSchema } from '../../registry/schema.ts'

const { host, sshPort, sshUser, ocPath, unit } = nodeRecordSchema.shape

/** Which machine, login and gateway a record stood for when something was planned for it. */
export const nodeBindingSchema = z.strictObject({
  host,
  sshPort,
  sshUser,
  ocPath,
  unit,
  /** Fingerprints of the pinned host keys, sorted. */
  hostKeys: z.array(z.string()),
  /** The jump host on the way, with its fingerprints: another one may lead to another machine. */
  jump: z
    .strictObject({ ...jumpHostSchema.omit({ hostKeys: true }).shape, hostKeys: z.array(z.string()) })
    .nullable(),
})
export type NodeBinding = z.infer<typeof nodeBindingSchema>

/** What a plan for this node is bound to: with any of it changed, an id may name another machine. */
export function bindingOf(node: NodeRecord, jumps: TagJumps): NodeBinding {
  const jump = jumpOf(node, jumps)
  return {
    host: node.host,
    sshPort: node.sshPort,
    sshUser: node.sshUser,
    ocPath: node.ocPath,
    unit: node.unit,
    hostKeys: hostKeysOf(node),
    jump: jump && { ...jump, hostKeys: hostKeysOf(jump) },
  }
}

/** The fingerprints of pinned host keys, sorted. */
export function hostKeysOf({ hostKeys }: Pick<NodeRecord, 'hostKeys'>): string[] {
  return hostKeys.map(({ fingerprint }) => fingerprint).sort()
}
