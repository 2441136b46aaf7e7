import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { z } from 'zod'
import { applyImport, type ImportPlan, importPlanSchema, planImport } from '../../registry/import.ts'
import { jumpName } from '../../registry/jumps.ts'
import { DEFAULT_GATEWAY_PORT, type NodeRecord, type SeedNode, sshUserSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { readAliases } from '../ssh/ssh-config.ts'
import type { Context } from './context.ts'
import { definePlanned } from './operation.ts'

/** What a record holds at most. */
const MOST_KEYS = 8

const inputSchema = z.strictObject({
  /** Path of the old file on the machine that runs ocm; only its path goes into the audit, never what is in it. */
  file: z.string().min(1).max(4_096),
  /** `registry` for the file of the former tool, `ssh-config` for what OpenSSH reads. */
  format: z.enum(['registry', 'ssh-config']).default('registry'),
  /** Login user of entries that name none. */
  sshUser: sshUserSchema.optional(),
})

type Input = z.infer<typeof inputSchema>

/** import-registry: what was taken in and how many entries were left out. */
export interface ImportResult {
  added: NodeRecord[]
  skipped: number
}

/** Takes the nodes of an old `nodes-registry.json` in, with one write: all that the plan shows or none. */
export const importRegistry = definePlanned<Input, ImportResult, never, ImportPlan>({
  name: 'import-registry',
  access: 'admin',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  // What comes in carries no tags: only who may do so everywhere takes it in.
  tagsOf: () => [],
  planSchema: importPlanSchema,
  prepare: async (context, input, { signal }) => ({
    plan: await planned(context, input, signal),
    seen: null,
  }),
  // Stamps move on between the question and the run; what is taken in and left out must not.
  holds: (confirmed, now) => essence(confirmed) === essence(now),
  async run(context, _input, _call, { plan }) {
    const added = await applyImport(context.registry, plan)
    return { outcome: 'done', data: { added: [...added], skipped: plan.skip.length } }
  },
})

async function planned(context: Context, input: Input, signal: AbortSignal): Promise<ImportPlan> {
  const { file, sshUser } = input
  if (input.format === 'ssh-config') return fromSshConfig(context, file, signal)
  const content = await readFile(file).catch((error: unknown) => {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    const problem = missing ? 'file-missing' : 'file-unreadable'
    throw new OperatorError('import-unreadable', { file: basename(file), problem }, { cause: error })
  })
  try {
    const { registry, clock } = context
    const options = { jumps: registry.jumps(), ...(sshUser ? { sshUser } : {}) }
    const plan = planImport(content, registry.list(), clock, options)
    return { ...plan, add: plan.add.map((node) => withKnownKeys(context, node)) }
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'import-unreadable') throw error
    throw new OperatorError(error.code, { file: basename(file), ...error.params }, { cause: error })
  }
}

/** The aliases of an ssh_config as nodes; those that the registry has no place for are left out. */
async function fromSshConfig(context: Context, file: string, signal: AbortSignal): Promise<ImportPlan> {
  const { registry, clock } = context
  const aliases = await readAliases(file, signal)
  const nodes = aliases.flatMap((one) =>
    'problem' in one
      ? []
      : [
          {
            id: one.alias,
            name: one.alias,
            host: one.host,
            sshPort: one.port,
            sshUser: one.user,
            gatewayPort: DEFAULT_GATEWAY_PORT,
            ...(one.jump ? { jump: { ...one.jump, hostKeys: [] } } : {}),
          },
        ],
  )
  const plan = planImport(JSON.stringify({ nodes }), registry.list(), clock, { jumps: registry.jumps() })
  const left = aliases.flatMap((one, index) =>
    'problem' in one ? [{ list: 'nodes' as const, index, id: one.alias.slice(0, 63), why: one.problem }] : [],
  )
  return {
    ...plan,
    add: plan.add.map((node) => withKnownKeys(context, node)),
    skip: [...plan.skip, ...left],
  }
}

/** The old file holds no host keys; those that known_hosts has for an address were approved there. */
function withKnownKeys(context: Context, node: SeedNode): SeedNode {
  const approvedAt = new Date(context.clock.now()).toISOString()
  const keysAt = (address: { host: string; sshPort: number }) =>
    context.nodes
      .knownHostKeys(address)
      .slice(0, MOST_KEYS)
      .map((key) => ({ ...key, approvedAt, approvedBy: 'known_hosts' }))
  const { jump } = node
  const way = jump ? { jump: { ...jump, hostKeys: keysAt({ host: jump.host, sshPort: jump.port }) } } : {}
  return { ...node, hostKeys: keysAt(node), ...way }
}

function essence({ add, skip, notes }: ImportPlan): string {
  const nodes = add.map(({ agents = [], hostKeys, jump = null, retiredAt: _stamp, ...node }: SeedNode) => ({
    ...node,
    hostKeys: hostKeys.map(({ fingerprint }) => fingerprint),
    jump: jump && [jumpName(jump), ...jump.hostKeys.map(({ fingerprint }) => fingerprint)],
    agents: agents.map(({ seenAt: _seen, ...agent }) => agent),
  }))
  return JSON.stringify([nodes, skip, notes])
}
