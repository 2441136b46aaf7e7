import { z } from 'zod'
import { nodeIdSchema } from '../../registry/schema.ts'
import { type RestrictedKey, restrictedKey } from '../openclaw/restricted-key.ts'
import { defineOperation } from './operation.ts'

const PUBLIC_KEY =
  /^(ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)|sk-ssh-ed25519@openssh\.com) ([A-Za-z0-9+/]{40,2000}={0,2})(?: [^\n]*)?$/

const inputSchema = z.strictObject({
  node: nodeIdSchema,
  /** The line of a `.pub` file. */
  publicKey: z.string().trim().regex(PUBLIC_KEY),
})

/** restrict-key. */
export interface RestrictedKeyResult extends RestrictedKey {
  nodeId: string
  /** Where OpenClaw lies was not known: sessions of a gateway that is down are then not read from its database. */
  withoutProgram: boolean
}

/** Says what to put on a node so that a key can do there what ocm does every day, and nothing else. Touches nothing. */
export const restrictKey = defineOperation<z.infer<typeof inputSchema>, RestrictedKeyResult>({
  name: 'restrict-key',
  access: 'admin',
  effect: 'read',
  input: inputSchema,
  nodeOf: (input) => input.node,
  async run(context, { publicKey }, call) {
    const node = call.node()
    const [, type = '', key = ''] = PUBLIC_KEY.exec(publicKey) ?? []
    const snapshot = context.snapshots.get(node.id) ?? null
    const made = restrictedKey(node, snapshot, { type, key })
    const withoutProgram = snapshot?.install.binary.value == null
    return { outcome: 'done', data: { nodeId: node.id, ...made, withoutProgram } }
  },
})
