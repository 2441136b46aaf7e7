import { OperatorError } from '../base/errors.ts'
import { wasNotRead } from '../openclaw/last-known.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { type RestoreLook, restoreSide } from '../openclaw/restore/node-side.ts'
import { unitLevel } from '../openclaw/service.ts'
import type { NodeSnapshot } from '../openclaw/snapshot.ts'

/** The program on the node ends with it where there is no Node.js to read databases with. */
const NO_NODE = 6
const LOOK_MS = 60_000

/**
 * Looks at OpenClaw's state on a node: its places, and the schemas of its databases.
 * @param noNode what is thrown where the node has no Node.js that could
 */
export async function lookAtState(
  link: NodeLink,
  { install }: Pick<NodeSnapshot, 'install'>,
  request: { state: string; places: string[] },
  { signal, noNode }: { signal: AbortSignal; noNode: () => OperatorError },
): Promise<RestoreLook> {
  const side = restoreSide(link, { folder: '', nodeBinary: install.nodeBinary.value })
  return await side.look(request, { deadlineMs: LOOK_MS, signal }).catch((error: unknown) => {
    throw lacksNode(error) ? noNode() : error
  })
}

/** Whether a look at a node's files failed because the node has no Node.js that could read them. */
export function lacksNode(error: unknown): boolean {
  return error instanceof OperatorError && error.params.exitCode === NO_NODE
}

/**
 * What kind of unit runs the gateway; null where none does, which is not the same as not having been read.
 * @throws OperatorError service-unreadable {node, reason}
 */
export function readUnitLevel(
  node: string,
  { service }: Pick<NodeSnapshot, 'service'>,
): ReturnType<typeof unitLevel> {
  const { kind } = service
  if (wasNotRead(kind)) throw new OperatorError('service-unreadable', { node, reason: kind.reason.code })
  return unitLevel(service)
}
