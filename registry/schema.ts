import { z } from 'zod'
import type { InputForm } from '../src/base/input-problem.ts'
import type { TagJumps } from './jumps.ts'

/** The version that this program writes; older ones are migrated, newer ones refused. */
export const REGISTRY_VERSION = 3

/** What a node id may look like; ids are shown in chat, used as file names and typed by people. */
export const nodeIdSchema = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,62}$/i, 'node-id' satisfies InputForm)

/** A tag: the unit of grouping, filtering and permission. */
export const tagSchema = z.string().regex(/^[a-z0-9][a-z0-9_.-]{0,31}$/i, 'tag' satisfies InputForm)

/** A host name, an IPv4 or an IPv6 address; never an option and never with white space. */
export const hostSchema = z
  .string()
  .regex(/^[a-z0-9_:][a-z0-9._:%-]{0,252}$/i, 'host-name' satisfies InputForm)

/** The name of a node or a bot as somebody types it. What stands in the file already is taken as it is. */
export const typedNameSchema = z.string().trim().min(1).max(80)

/** A login user as POSIX allows it. */
export const sshUserSchema = z.string().regex(/^[a-z_][a-z0-9_.-]{0,31}$/i, 'login-name' satisfies InputForm)

/** An absolute path on a node without control characters. */
export const remotePathSchema = z
  .string()
  .max(512)
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is refused here
  .regex(/^(\/|~\/)[^\x00-\x1f\x7f]*$/, 'remote-path' satisfies InputForm)

/** A systemd service as systemd.unit(5) allows its name; the ending may be left out. */
export const unitNameSchema = z
  .string()
  .max(255)
  .regex(/^[a-z0-9_.@:\\][a-z0-9_.@:\\-]*$/i, 'unit-name' satisfies InputForm)
  .overwrite((name) => (name.endsWith('.service') ? name : `${name}.service`))

/** What a node has where nobody says otherwise: OpenClaw's own port, and that of SSH. */
export const DEFAULT_GATEWAY_PORT = 18_789
export const DEFAULT_SSH_PORT = 22

const portSchema = z.int().min(1).max(65_535)
const stampSchema = z.iso.datetime({ offset: true })

/** A host key that an admin has approved for one node. */
export const pinnedHostKeySchema = z.strictObject({
  /** Key type as in known_hosts, for example ssh-ed25519. */
  type: z.string().min(1).max(64),
  /** The public key blob, base64. */
  key: z.string().regex(/^[A-Za-z0-9+/]+={0,2}$/),
  /** `SHA256:` and the unpadded base64 digest, as ssh-keygen -l prints it. */
  fingerprint: z.string().regex(/^SHA256:[A-Za-z0-9+/]{43}$/),
  approvedAt: stampSchema,
  approvedBy: z.string().min(1).max(128),
})

/** An agent as it was last seen; a memory, never shown as a live fact. */
export const seenAgentSchema = z.strictObject({
  id: z.string().min(1).max(128),
  model: z.string().max(256).nullable(),
  seenAt: stampSchema,
})

/** Who put a node into maintenance, and how long it is to last. */
export const maintenanceSchema = z.strictObject({
  by: z.string().min(1).max(128),
  since: stampSchema,
  /** When it ends by itself; null for when someone ends it. */
  until: stampSchema.nullable(),
})

/** A host through which nodes are reached, as `ssh -J` does; its login uses the same credential as that of a node. */
export const jumpHostSchema = z.strictObject({
  host: hostSchema,
  port: portSchema,
  user: sshUserSchema,
  /** Its own host keys, approved like those of a node. */
  hostKeys: z.array(pinnedHostKeySchema).max(8),
})

/** The systemd unit that runs the gateway. */
export const unitSchema = z.strictObject({
  name: unitNameSchema,
  /** `system` for a unit of the machine, `user` for one of the login user. */
  level: z.enum(['user', 'system']),
})

/** One managed machine. */
export const nodeRecordSchema = z.strictObject({
  id: nodeIdSchema,
  name: z.string().min(1).max(80),
  host: hostSchema,
  sshPort: portSchema,
  sshUser: sshUserSchema,
  gatewayPort: portSchema,
  /** OpenClaw's state directory on the node; null means ~/.openclaw of the login user. */
  ocPath: remotePathSchema.nullable(),
  /** Null for the unit that OpenClaw itself writes. */
  unit: unitSchema.nullable(),
  /** The node's own jump host; null for that of its tags, or none. */
  jump: jumpHostSchema.nullable(),
  tags: z.array(tagSchema).max(32),
  state: z.enum(['active', 'maintenance', 'retired']),
  /** Why the node is in this state, in the operator's words. */
  stateReason: z.string().max(300).nullable(),
  /** Null out of maintenance, and where the state was imported or written into the file by hand. */
  maintenance: maintenanceSchema.nullable(),
  hostKeys: z.array(pinnedHostKeySchema).max(8),
  agents: z.array(seenAgentSchema).max(512),
  createdAt: stampSchema,
  updatedAt: stampSchema,
  retiredAt: stampSchema.nullable(),
})

/** The whole file. */
export const registryDataSchema = z.strictObject({
  version: z.literal(REGISTRY_VERSION),
  /** Counts acknowledged writes; lets a reader see that the file moved under it. */
  revision: z.int().min(0),
  nodes: z.array(nodeRecordSchema),
  /** The jump host of each tag whose nodes are reached through one. */
  jumps: z.record(tagSchema, jumpHostSchema),
})

export type Maintenance = z.infer<typeof maintenanceSchema>
export type JumpHost = z.infer<typeof jumpHostSchema>
export type UnitSetting = z.infer<typeof unitSchema>
export type PinnedHostKey = z.infer<typeof pinnedHostKeySchema>
export type NodeRecord = z.infer<typeof nodeRecordSchema>
export type RegistryData = z.infer<typeof registryDataSchema>

/** What a caller gives to take a node in; everything else is filled by the registry. */
const newNodeSchema = nodeRecordSchema
  .pick({
    id: true,
    name: true,
    host: true,
    sshPort: true,
    sshUser: true,
    gatewayPort: true,
    ocPath: true,
    tags: true,
    hostKeys: true,
  })
  .extend({
    unit: z.exactOptional(nodeRecordSchema.shape.unit),
    jump: z.exactOptional(nodeRecordSchema.shape.jump),
  })
export type NewNode = z.infer<typeof newNodeSchema>

/** A node with a past, as an import brings it; what is left out is as for a new node. */
export const seedNodeSchema = newNodeSchema.extend({
  state: z.exactOptional(nodeRecordSchema.shape.state),
  stateReason: z.exactOptional(nodeRecordSchema.shape.stateReason),
  retiredAt: z.exactOptional(nodeRecordSchema.shape.retiredAt),
  agents: z.exactOptional(nodeRecordSchema.shape.agents),
})
export type SeedNode = z.infer<typeof seedNodeSchema>

/** The registry as the rest of the program sees it. Reads come from memory and never touch the disk. */
export interface RegistryPort {
  /** All nodes, retired ones included, in file order. */
  list(): readonly NodeRecord[]
  /** The jump host of each tag that has one. */
  jumps(): TagJumps
  /** @throws OperatorError unknown-node */
  get(id: string): NodeRecord
  /** @throws OperatorError node-exists, address-exists, registry-locked, registry-edited, registry-write-failed */
  add(node: NewNode): Promise<NodeRecord>
  /** Takes in several nodes with one write: all of them or none. @throws what {@link add} throws */
  addMany(nodes: readonly SeedNode[]): Promise<readonly NodeRecord[]>
  /**
   * Reads the file again under the lock, applies the pure `change` to the record as it now is, validates, writes and
   * only then swaps it in memory. `createdAt` and `id` cannot change; `updatedAt` is set by the registry, and what
   * belongs to another state than the one that the node is in is dropped.
   * @throws OperatorError unknown-node and what {@link add} throws
   */
  update(id: string, change: (node: NodeRecord) => NodeRecord): Promise<NodeRecord>
  /** {@link update} of several nodes with one write: all of them or none. */
  updateMany(ids: readonly string[], change: (node: NodeRecord) => NodeRecord): Promise<readonly NodeRecord[]>
  /** Says through which host the nodes with a tag are reached; null for none. @throws what {@link add} throws */
  setTagJump(tag: string, jump: JumpHost | null): Promise<void>
  /** Forgets a node and returns what was known of it. @throws OperatorError unknown-node and what {@link add} throws */
  remove(id: string): Promise<NodeRecord>
  /** Calls back after every change, also when another process or a person edited the file. Returns the unsubscribe. */
  onChange(listener: () => void): () => void
}
