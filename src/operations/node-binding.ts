import { z } from 'zod'
import { type NodeRecord, nodeRecordSchema } from '../../registry/schema.ts'

const { host, sshPort, sshUser, ocPath } = nodeRecordSchema.shape

/** Which machine, login and gateway a record stood for when something was planned for it. */
export const nodeBindingSchema = z.strictObject({
  host,
  sshPort,
  sshUser,
  ocPath,
  /** Fingerprints of the pinned host keys, sorted. */
  hostKeys: z.array(z.string()),
})
export type NodeBinding = z.infer<typeof nodeBindingSchema>

/** What a plan for this node is bound to: with any of it changed, an id may name another machine. */
export function bindingOf(node: NodeRecord): NodeBinding {
  return {
    host: node.host,
    sshPort: node.sshPort,
    sshUser: node.sshUser,
    ocPath: node.ocPath,
    hostKeys: node.hostKeys.map(({ fingerprint }) => fingerprint).sort(),
  }
}
