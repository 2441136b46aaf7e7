import { isDeepStrictEqual } from 'node:util'
import { z } from 'zod'
import { newRecord } from '../../registry/new-record.ts'
import { DEFAULT_GATEWAY_PORT, nodeRecordSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { Fault, type FaultCode } from '../provision/fault.ts'
import { type RunRecord, wantedSchema } from '../provision/run-record.ts'
import { runSteps, type Witness } from '../provision/run-steps.ts'
import { STEP_NAMES, type StepName, type Wanted } from '../provision/step.ts'
import { MACHINE_STEPS } from '../provision/steps.ts'
import { benchOf } from './add-node-bench.ts'
import { entryOf, firstBackup, registryEntry } from './add-node-ends.ts'
import { addInputSchema, type AddInput as Input } from './add-node-input.ts'
import { lookBefore, lookedSchema, NOT_LOOKED } from './add-node-look.ts'
import type { Context } from './context.ts'
import { approvedKey, offeredKeySchema, refuseForeignKey } from './host-key.ts'
import { namesakeOf, refuseTakenAddress, refuseTakenId } from './node-address.ts'
import { type Call, definePlanned } from './operation.ts'
import { unfinished } from './unfinished-addition.ts'

const planSchema = z.strictObject({
  wanted: wantedSchema,
  name: nodeRecordSchema.shape.name,
  tags: nodeRecordSchema.shape.tags,
  /** Another node that is shown under the same name. */
  namesake: z.string().nullable().default(null),
  hostKey: offeredKeySchema,
  /** `pinned`: an earlier attempt of this very addition was made with this key. */
  known: z.enum(['known-hosts', 'pinned', 'new']),
  /** What an earlier attempt changed already; empty for a new addition. */
  acted: z.array(z.enum(STEP_NAMES)),
  /** What a look before the question found; `not-tried` where nobody has approved the host key yet. */
  looked: lookedSchema,
  /** What each step runs where it has to act. */
  commands: z.array(z.strictObject({ step: z.enum(STEP_NAMES), commands: z.array(z.string()) })),
})
/** What add-node is going to do. */
export type AddPlan = z.infer<typeof planSchema>

/** One step as it goes on: `done` of `total` in bytes or milliseconds where that is known. */
export interface AddStep {
  step: StepName
  phase: 'checking' | 'acting' | 'ended'
  state: RunRecord['steps'][number]['state']
  evidence: string
  /** The same by codes. */
  seen: RunRecord['steps'][number]['seen']
  tookMs: number
  part: { done: number; total: number | null; unit: 'bytes' | 'ms' } | null
}

/** add-node. */
export interface AddResult {
  id: string
  name: string
  host: string
  steps: RunRecord['steps']
  /** Why it stopped; null when it came to its end. `detail` is untrusted. */
  fault: { code: FaultCode; step: StepName; detail: string | null } | null
  registered: boolean
  /** Whether an undo has anything to take back. */
  changed: boolean
  /** Whether its configuration was made here and no key of a provider was given: then its agents do not answer. */
  keyless: boolean
}

/**
 * Makes a node of a machine: in steps of which each looks, acts and believes only what it sees. What is there already is
 * recognised, so that taking in a half-installed or a running node is the same. A step that fails stops the run; the same
 * id without a host goes on, `undo-add-node` takes back what was changed.
 */
export const addNode = definePlanned<Input, AddResult, AddStep, AddPlan>({
  name: 'add-node',
  access: 'admin',
  effect: 'change',
  needsFullKey: true,
  input: addInputSchema,
  nodeOf: () => null,
  tagsOf: (input) => (input.address === null ? null : input.tags),
  planSchema,
  async prepare(context, input, call) {
    const begun = await unfinished(context, call.actor, input.id)
    // One that this very addition made is no obstacle.
    const own = begun && entryOf(context, input.id, [begun.hostKey])
    if (!own) refuseTakenId(context, call.actor, input.id)
    const { wanted, name, tags } = wantedOf(input, begun)
    if (begun && !sameMachine(begun.wanted, wanted))
      throw new OperatorError('addition-unfinished', { node: begun.wanted.id })
    if (begun === null) refuseTakenAddress(context, call.actor, { ...wanted, ocPath: null, jump: null, tags })
    if (wanted.secret !== null) await requireSecret(context, wanted.secret)
    const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal }
    const address = { host: wanted.host, sshPort: wanted.sshPort, jump: null }
    const offered = await context.nodes.scanHostKey({ ...address, ...typeOf(begun) }, limits)
    const trusted = begun ? [begun.hostKey] : context.nodes.knownHostKeys(address)
    const same = trusted.some(({ type, key }) => type === offered.type && key === offered.key)
    const expected = trusted.find(({ type, key }) => type === offered.type && key !== offered.key)
    if (!same && expected)
      throw new OperatorError(begun ? 'host-key-changed' : 'host-key-differs', {
        node: wanted.id,
        expected: expected.fingerprint,
        offered: offered.fingerprint,
      })
    await refuseForeignKey(context, call.actor, offered, wanted.id, address, limits)
    const plan: AddPlan = {
      wanted,
      name,
      tags,
      namesake: namesakeOf(context, call.actor, { id: wanted.id, name }),
      hostKey: offered,
      known: same ? (begun ? 'pinned' : 'known-hosts') : 'new',
      acted: begun?.acted ?? [],
      looked: same
        ? await lookBefore(context, wanted, approvedKey(offered, call.actor, context.clock.now()), limits)
        : NOT_LOOKED,
      commands: MACHINE_STEPS.map((step) => ({
        step: step.name,
        commands: step.commands(wanted, context.provision.registry?.address ?? null),
      })).filter(({ commands }) => commands.length > 0),
    }
    return { plan, seen: null }
  },
  // What was looked at beforehand is looked at again by the steps.
  holds: (confirmed, now) => isDeepStrictEqual({ ...confirmed, looked: null }, { ...now, looked: null }),
  async run(context, _input, call, { plan }) {
    const { id } = plan.wanted
    return await context.locks.withNode(id, 'add-node', async () => {
      const begun = await unfinished(context, call.actor, id)
      const run = await additionOf(context, call, plan, begun)
      const ended = await advance(context, call, run)
      const { fault, steps } = ended
      const outcome = fault === null ? 'done' : fault.code === 'silent' ? 'unknown' : 'failed'
      return {
        outcome,
        data: {
          id,
          name: ended.name,
          host: ended.wanted.host,
          steps,
          fault,
          registered: entryOf(context, id, [ended.hostKey]) !== undefined,
          changed: ended.acted.length > 0,
          keyless: ended.wanted.secret === null && ended.acted.includes('configuration'),
        },
      }
    })
  },
})

function wantedOf(input: Input, begun: RunRecord | null): Pick<AddPlan, 'wanted' | 'name' | 'tags'> {
  if (input.address === null) {
    if (begun === null) throw new OperatorError('unknown-addition', { node: input.id })
    return { wanted: begun.wanted, name: begun.name, tags: begun.tags }
  }
  const { id, name, tags, gatewayPort = DEFAULT_GATEWAY_PORT } = input
  const { version = null, model = null, secret = null } = input
  return { wanted: { id, ...input.address, gatewayPort, version, model, secret }, name: name ?? id, tags }
}

function sameMachine(a: Wanted, b: Wanted): boolean {
  return a.host === b.host && a.sshPort === b.sshPort && a.sshUser === b.sshUser
}

function typeOf(begun: RunRecord | null): { type?: string } {
  return begun ? { type: begun.hostKey.type } : {}
}

async function requireSecret({ provision }: Context, secret: string): Promise<void> {
  await provision.secrets.read(secret).catch((error: unknown) => {
    const why = error instanceof Fault ? error.code : 'secret-missing'
    throw new OperatorError(why === 'secret-open' ? 'secret-open' : 'secret-missing', { secret })
  })
}

/** What the journal goes on from. What was there before the first attempt is not looked up anew. */
async function additionOf(
  context: Context,
  call: Call<AddStep>,
  { wanted, name, tags, hostKey }: AddPlan,
  begun: RunRecord | null,
): Promise<RunRecord> {
  const now = context.clock.now()
  const before = { acted: [], made: [], before: null, startedAt: now }
  return {
    ...before,
    ...(begun ?? {}),
    wanted,
    name,
    tags,
    hostKey: begun?.hostKey ?? approvedKey(hostKey, call.actor, now),
    state: 'running',
    steps: [],
    fault: null,
  }
}

async function advance(context: Context, call: Call<AddStep>, run: RunRecord): Promise<RunRecord> {
  const { wanted, name, tags, hostKey } = run
  const { id, host, sshPort, sshUser, gatewayPort } = wanted
  const node = { id, name, host, sshPort, sshUser, gatewayPort, ocPath: null, tags, hostKeys: [hostKey] }
  const link = context.nodes.temporary(newRecord(node, hostKey.approvedAt))
  let current: AddStep = {
    step: 'ssh',
    phase: 'checking',
    state: 'acting',
    evidence: '',
    seen: [],
    tookMs: 0,
    part: null,
  }
  const tell = (change: Partial<AddStep>) => {
    current = { ...current, ...change }
    call.progress(current)
  }
  const witness: Witness = {
    told: ({ name: step, ...record }, phase) => tell({ step, phase, ...record, part: null }),
  }
  try {
    const bench = benchOf(context, run, link, call.signal, (done, total, unit) =>
      tell({ part: { done, total, unit } }),
    )
    const ends = [registryEntry(context, node), firstBackup(context, call, id, run.startedAt)]
    return await runSteps([...MACHINE_STEPS, ...ends], bench, run, {
      additions: context.provision.additions,
      witness,
    })
  } finally {
    await link.close()
  }
}
