import { z } from 'zod'
import { jumpOf } from '../../registry/jumps.ts'
import { newRecord } from '../../registry/new-record.ts'
import {
  DEFAULT_GATEWAY_PORT,
  DEFAULT_SSH_PORT,
  type NewNode,
  type NodeRecord,
  nodeIdSchema,
  nodeRecordSchema,
  remotePathSchema,
  sshUserSchema,
  tagSchema,
  typedNameSchema,
  unitNameSchema,
  unitSchema,
} from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Anomaly } from '../monitor/conditions.ts'
import { rememberSnapshot } from '../monitor/observe.ts'
import { unitName } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { firstLook, refuseUnseen } from './first-look.ts'
import { approvedKey, offeredKeySchema, refuseForeignKey } from './host-key.ts'
import { examine } from './judgement.ts'
import { approvedJump, jumpTextSchema, offeredJumpSchema, offerJump, wantedJump } from './jump-host.ts'
import { namesakeOf, refuseTakenAddress, refuseTakenId } from './node-address.ts'
import { definePlanned } from './operation.ts'
import { rememberAgents } from './remember-agents.ts'
import { spelledHostSchema, unfoldHost } from './spelled-host.ts'

const planSchema = z.strictObject({
  node: nodeRecordSchema.pick({
    id: true,
    name: true,
    host: true,
    sshPort: true,
    sshUser: true,
    gatewayPort: true,
    ocPath: true,
    unit: true,
    tags: true,
  }),
  hostKey: offeredKeySchema,
  /** The jump host of its own; null without one. */
  jump: offeredJumpSchema.nullable(),
  /** Whether the key is already trusted by the configured known_hosts. */
  known: z.enum(['known-hosts', 'new']),
  /** Another node that is shown under the same name. */
  namesake: z.string().nullable().default(null),
})
/** What register-node found out before anything is saved. */
export type RegisterPlan = z.infer<typeof planSchema>

export type RegisterStep = { step: 'connecting' } | { step: 'probing' } | { step: 'saving' }

export interface RegisterResult {
  node: NodeRecord
  snapshot: NodeSnapshot
  anomalies: Anomaly[]
}

const inputSchema = z
  .strictObject({
    id: nodeIdSchema,
    name: typedNameSchema.optional(),
    host: spelledHostSchema,
    /** 22 when left out. */
    sshPort: nodeRecordSchema.shape.sshPort.optional(),
    /** May stand before the host instead. */
    sshUser: sshUserSchema.optional(),
    /** Left out, the node's own configuration decides. */
    gatewayPort: nodeRecordSchema.shape.gatewayPort.optional(),
    ocPath: remotePathSchema.nullable().default(null),
    /** Left out, it is the one that OpenClaw itself writes. */
    unit: unitNameSchema.optional(),
    unitLevel: unitSchema.shape.level.default('user'),
    jump: jumpTextSchema.optional(),
    tags: z.array(tagSchema).max(32).default([]),
  })
  .transform(unfoldHost)
  .transform(({ sshPort, sshUser, ...input }, context) => {
    if (sshUser !== undefined) return { ...input, sshUser, sshPort: sshPort ?? DEFAULT_SSH_PORT }
    context.addIssue({ code: 'invalid_type', expected: 'string', path: ['sshUser'] })
    return z.NEVER
  })

type Input = z.infer<typeof inputSchema>

/**
 * Takes in a node that already runs: shows the host key for approval, logs in with that key pinned, probes, and saves
 * only what answered. Nothing is saved when the login fails or OpenClaw is not there.
 */
export const registerNode = definePlanned<Input, RegisterResult, RegisterStep, RegisterPlan>({
  name: 'register-node',
  access: 'admin',
  effect: 'change',
  input: inputSchema,
  nodeOf: () => null,
  tagsOf: (input) => input.tags,
  planSchema,
  async prepare(context, input, call) {
    refuseTakenId(context, call.actor, input.id)
    const limits = { deadlineMs: context.limits.listDeadlineMs, signal: call.signal }
    const jump = input.jump
      ? await offerJump(context, wantedJump(input.jump, input.sshUser), null, limits)
      : null
    const own = jump && approvedJump(jump, null, call.actor, context.clock.now())
    refuseTakenAddress(context, call.actor, { ...input, jump: own })
    const { host, sshPort, tags } = input
    const address = { host, sshPort, jump: jumpOf({ jump: own, tags }, context.registry.jumps()) }
    const offered = await context.nodes.scanHostKey(address, limits)
    const trusted = context.nodes.knownHostKeys(address)
    const same = trusted.some((known) => known.type === offered.type && known.key === offered.key)
    const expected = trusted.find((known) => known.type === offered.type && known.key !== offered.key)
    if (!same && expected)
      throw new OperatorError('host-key-differs', {
        node: input.id,
        expected: expected.fingerprint,
        offered: offered.fingerprint,
      })
    await refuseForeignKey(context, call.actor, offered, input.id, address, limits)
    const plan: RegisterPlan = {
      node: {
        id: input.id,
        name: input.name ?? input.id,
        host: input.host,
        sshPort: input.sshPort,
        sshUser: input.sshUser,
        gatewayPort: input.gatewayPort ?? DEFAULT_GATEWAY_PORT,
        ocPath: input.ocPath,
        unit: unitIn(input),
        tags: input.tags,
      },
      hostKey: offered,
      jump,
      known: same ? 'known-hosts' : 'new',
      namesake: namesakeOf(context, call.actor, { id: input.id, name: input.name ?? input.id }),
    }
    return { plan, seen: null }
  },
  async run(context, input, call, { plan }) {
    const approved = approvedKey(plan.hostKey, call.actor, context.clock.now())
    const jump = plan.jump && approvedJump(plan.jump, null, call.actor, context.clock.now())
    const wanted: NewNode = { ...plan.node, jump, hostKeys: [approved] }
    call.progress({ step: 'connecting' })
    call.progress({ step: 'probing' })
    const first = await firstLook(context, newRecord(wanted, approved.approvedAt), call)
    refuseUnseen(wanted, first)
    const gatewayPort = input.gatewayPort ?? first.install.gatewayPort.value ?? wanted.gatewayPort
    const found: NewNode = { ...wanted, gatewayPort }
    // The gateway was asked on OpenClaw's default port; the node's own configuration names another one.
    const snapshot =
      gatewayPort === wanted.gatewayPort
        ? first
        : await firstLook(context, newRecord(found, approved.approvedAt), call)
    call.progress({ step: 'saving' })
    const saved = await context.registry.add(found)
    rememberSnapshot(context, snapshot)
    const node = await rememberAgents(context, saved, snapshot)
    const anomalies = examine(context, node, snapshot, null)
    return { outcome: 'done', data: { node, snapshot, anomalies } }
  },
})

function unitIn({ unit, unitLevel: level, ocPath }: Input): NodeRecord['unit'] {
  if (unit !== undefined) return { name: unit, level }
  return level === 'system' ? { name: unitName(ocPath), level } : null
}
