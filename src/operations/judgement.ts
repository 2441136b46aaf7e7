import type { NodeRecord } from '../../registry/schema.ts'
import type { Anomaly } from '../monitor/conditions.ts'
import { anomaliesOf, type Judgement, judgeNode } from '../monitor/judge.ts'
import { portRemarks, restartRemarks, versionRemarks } from '../monitor/rules/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'

/** What a snapshot of a node says under the rules that hold now. */
export function judgementOf(
  context: Pick<Context, 'rules' | 'histories' | 'backups'>,
  { id, tags }: Pick<NodeRecord, 'id' | 'tags'>,
  snapshot: NodeSnapshot,
): Judgement {
  return judgeNode(snapshot, {
    rules: context.rules.value(),
    tags,
    histories: context.histories,
    backup: context.backups.book.standing(id),
  })
}

/**
 * Everything that is wrong with a node for somebody who looks at it alone, worst first: also what is only told by an
 * earlier look and by the other nodes.
 */
export function examine(
  context: Context,
  node: NodeRecord,
  snapshot: NodeSnapshot,
  previous: NodeSnapshot | null,
): Anomaly[] {
  return anomaliesOf(judgementOf(context, node, snapshot), [
    ...portRemarks(node.gatewayPort, snapshot),
    ...restartRemarks(snapshot, previous),
    ...versionRemarks(snapshot, versionsOf(context, node.id)),
  ])
}

/** Versions last seen on the nodes in service, without the one in question. */
function versionsOf(context: Pick<Context, 'registry' | 'snapshots'>, exceptId: string): string[] {
  return context.registry
    .list()
    .filter((node) => node.state === 'active' && node.id !== exceptId)
    .map((node) => context.snapshots.get(node.id)?.install.version.value)
    .filter((version) => version !== null && version !== undefined)
}
