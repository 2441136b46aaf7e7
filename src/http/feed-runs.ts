import { findRecord } from '../../registry/find-record.ts'
import type { NodeRecord } from '../../registry/schema.ts'
import type { Log } from '../base/log.ts'
import { type Actor, mayUse, mayUseFleet } from '../operations/access.ts'
import type { AuditEntry } from '../operations/audit.ts'
import { auditLines } from '../operations/audit-chain.ts'
import { operations } from '../operations/index.ts'
import { jobs } from '../operations/journal.ts'
import { createSerial } from '../state/serial.ts'
import { openMirror } from '../store/mirror.ts'
import type { Store } from '../store/store.ts'

/** A change that was begun or has ended, by whichever face and process. */
export interface RunNews {
  operationId: string
  operation: string
  nodeId: string | null
  actorId: string
  startedAt: string
  state: 'running' | 'ended'
  /** How it ended; null while it goes on. */
  outcome: AuditEntry['result'] | null
  errorCode: string | null
}

/** The changes of a store as they begin and end. */
export interface RunFollower {
  running(): RunNews[]
  close(): void
}

const CHANGES: ReadonlySet<string> = new Set(
  operations.filter(({ effect }) => effect === 'change').map(({ name }) => name),
)

/** Follows the journal, which knows what begins, and the audit, which knows how it ended. */
export async function followRuns(
  store: Store,
  log: Log,
  tell: (news: RunNews) => void,
): Promise<RunFollower> {
  const going = await openMirror(store, jobs)
  const stopGoing = going.onChange(({ put, partial }) => {
    if (partial) for (const { value } of put) tell(begun(value.job))
  })
  let revision = await store.transaction((tx) => tx.revision())
  const serial = createSerial()
  const stopEnds = store.onChange(() =>
    serial(async () => {
      const changes = await store.changesSince(auditLines, revision)
      revision = changes.revision
      if (!changes.partial) return
      for (const { value } of changes.put)
        if (CHANGES.has(value.operation) && value.result !== 'refused') tell(ended(value))
    }).catch((error: unknown) => log.warn({ err: error }, 'the ends of runs could not be followed')),
  )
  return {
    running: () => [...going.entries()].map(([, { job }]) => begun(job)),
    close() {
      stopGoing()
      stopEnds()
      going.close()
    },
  }
}

function begun(
  job: Pick<RunNews, 'operationId' | 'operation' | 'nodeId' | 'actorId' | 'startedAt'>,
): RunNews {
  return { ...job, state: 'running', outcome: null, errorCode: null }
}

function ended({ operationId, operation, nodeId, actorId, at, result, errorCode }: AuditEntry): RunNews {
  return {
    operationId,
    operation,
    nodeId,
    actorId,
    startedAt: at,
    state: 'ended',
    outcome: result,
    errorCode,
  }
}

/** Whether somebody may know of a run: it is their own, or about nodes that they see. */
export function maySeeRun(actor: Actor, { nodeId, actorId }: RunNews, nodes: readonly NodeRecord[]): boolean {
  if (actorId === actor.id) return true
  const node = nodeId === null ? undefined : findRecord(nodes, nodeId)
  return node ? mayUse(actor, 'viewer', node) : mayUseFleet(actor, 'viewer')
}
