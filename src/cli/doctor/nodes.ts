import pLimit from 'p-limit'
import { OperatorError } from '../../base/errors.ts'
import type { Anomaly } from '../../monitor/conditions.ts'
import type { Context } from '../../operations/context.ts'
import type { NodeStatus } from '../../operations/node-status.ts'
import { nodeStatus } from '../../operations/node-status.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { Call } from '../command.ts'
import { type Finding, finding, type Level } from './finding.ts'

const LEVELS: Record<Anomaly['severity'], Level> = { critical: 'problem', warning: 'warning', notice: 'note' }

/** Reads every node that is in service, as `node status` does, and says what is wrong with it. */
export async function checkNodes(context: Context, call: Call): Promise<Finding[]> {
  const nodes = context.registry.list().filter(({ state }) => state !== 'retired')
  if (nodes.length === 0) return [finding('nodes', 'note', 'doctor.no-nodes')]
  const limit = pLimit(context.limits.parallelNodes)
  const read = nodes.map(({ id }) =>
    limit(async () => {
      try {
        const report = await runOperation(
          context,
          call.actor,
          nodeStatus,
          { node: id },
          { signal: call.signal },
        )
        return nodeFindings(report.data)
      } catch (error) {
        if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
        return [
          finding('nodes', 'problem', `error.${error.code}`, error.params, {
            subject: id,
            mend: `error.${error.code}.next`,
          }),
        ]
      }
    }),
  )
  return (await Promise.all(read)).flat()
}

function nodeFindings({ node, snapshot, anomalies }: NodeStatus): Finding[] {
  const version = snapshot.install.version.value
  const params = version === null ? {} : { version }
  const well =
    snapshot.state === 'serving'
      ? [finding('nodes', 'ok', 'doctor.node-well', params, { subject: node.id })]
      : []
  return [...well, ...anomalies.map((anomaly) => anomalyFinding(node.id, anomaly))]
}

/** The reason says more than the anomaly where there is one: a host key that changed is not just unreachable. */
function anomalyFinding(subject: string, { code, severity, params, reason, detail }: Anomaly): Finding {
  const mend = remedyOf(reason?.code) ?? `condition.${code}.next`
  const more = { subject, mend, detail: reason?.detail ?? detail ?? null } as const
  return reason
    ? finding('nodes', LEVELS[severity], `reason.${reason.code}`, { ...params, ...reason.params }, more)
    : finding('nodes', LEVELS[severity], `condition.${code}`, params, more)
}

/** The next steps of the errors that mean the same. */
function remedyOf(reason: string | undefined) {
  switch (reason) {
    case 'auth-failed':
    case 'second-factor':
    case 'certificate-not-valid':
    case 'certificate-principal':
    case 'certificate-refused':
    case 'hardware-key-unused':
    case 'key-unusable':
    case 'host-key-unknown':
    case 'host-key-changed':
    case 'kex-unsupported':
    case 'gateway-auth-failed':
      return `error.${reason}.next` as const
    case 'jump-unreachable':
    case 'jump-cannot-connect':
    case 'jump-forbids':
      return 'doctor.jump.mend'
    default:
      return null
  }
}
