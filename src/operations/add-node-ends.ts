import type { NewNode, NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import { observeNode } from '../monitor/observe.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import { saidAs, seen } from '../provision/evidence.ts'
import { Fault } from '../provision/fault.ts'
import type { Step } from '../provision/step.ts'
import { backupNode } from './backup-node.ts'
import { lastGood } from './backups.ts'
import type { Context } from './context.ts'
import { entryNamed } from './node-address.ts'
import type { Call } from './operation.ts'
import { rememberAgents } from './remember-agents.ts'

/** The entry that an addition made. One of the same id without its host key is of another machine, and somebody else's. */
export function entryOf(
  context: Pick<Context, 'registry'>,
  id: string,
  hostKeys: readonly { key: string }[],
): NodeRecord | undefined {
  const entry = entryNamed(context, id)
  return entry?.hostKeys.some(({ key }) => hostKeys.some((own) => own.key === key)) ? entry : undefined
}

/** From here on the node is one of the fleet: it is watched, with the host key that was approved. */
export function registryEntry(context: Context, node: NewNode): Step {
  const find = () => entryOf(context, node.id, node.hostKeys)
  const [key] = node.hostKeys
  const evidence = saidAs(node.id, key?.fingerprint)
  return {
    name: 'registry',
    commands: () => [],
    async check() {
      if (find()) return { state: 'satisfied', seen: evidence }
      if (entryNamed(context, node.id)) throw new Fault('not-registered', 'node-exists')
      return { state: 'missing' }
    },
    async act({ wanted, snapshot }) {
      // A node that was there already may listen elsewhere; its own configuration decides.
      const gatewayPort = snapshot?.install.gatewayPort.value ?? wanted.gatewayPort
      await context.registry.add({ ...node, gatewayPort }).catch((error: unknown) => {
        throw new Fault('not-registered', error instanceof OperatorError ? error.code : null, error)
      })
    },
    async verify() {
      if (find() === undefined) throw new Fault('not-registered')
      return evidence
    },
  }
}

/** Looks before a gateway that does not answer is told as one that does not serve; under load one look may be in vain. */
const LOOKS = 3
const BETWEEN_MS = 2_000

/** @throws Fault what keeps the node from serving */
async function servingNode(context: Context, call: Call<unknown>, node: NodeRecord): Promise<NodeSnapshot> {
  const { statusDeadlineMs: deadlineMs } = context.limits
  for (let look = 1; ; look += 1) {
    const snapshot = await observeNode(context, node, { kind: 'asked', deadlineMs, signal: call.signal })
    const { state, reason } = snapshot
    if (state === 'serving') return snapshot
    call.signal.throwIfAborted()
    if (state === 'service-down') throw new Fault('gateway-failed', reason?.code)
    if (look === LOOKS) throw new Fault(state === 'not-serving' ? 'gateway-slow' : 'silent', reason?.code)
    await context.clock.sleep(BETWEEN_MS, call.signal)
  }
}

/**
 * The first backup, proven, and a reading that shows the node as everybody will see it: serving.
 * @param since when the addition began, epoch milliseconds. What is older may be of another machine that had this id.
 */
export function firstBackup(context: Context, call: Call<unknown>, id: string, since: number): Step {
  const own = ({ takenAt }: { takenAt: number }) => takenAt >= since
  const good = async () => lastGood((await context.backups.list(id)).filter(own))
  const read = async () => {
    const node = context.registry.get(id)
    const snapshot = await servingNode(context, call, node)
    await rememberAgents(context, node, snapshot)
    const backup = await good()
    const agents = snapshot.agents.value?.length
    return [
      ...(backup ? [seen('backup', { id: backup.id }), seen('files', { count: backup.files })] : []),
      ...(agents === undefined ? [] : [seen('agents', { count: agents })]),
      seen('serving'),
    ]
  }
  return {
    name: 'first-backup',
    commands: () => [],
    check: async () => ((await good()) ? { state: 'satisfied', seen: await read() } : { state: 'missing' }),
    async act() {
      const node = context.registry.get(id)
      const quiet = { ...call, node: () => node, progress: () => undefined }
      const { outcome } = await backupNode
        .run(context, { node: id, method: 'stream' }, quiet, null)
        .catch((error: unknown) => {
          if (call.signal.aborted || !(error instanceof OperatorError)) throw error
          throw new Fault('backup-failed', error.code, error)
        })
      if (outcome === 'failed') throw new Fault('backup-failed')
    },
    async verify() {
      if ((await good()) === undefined) throw new Fault('backup-failed')
      return await read()
    },
  }
}
