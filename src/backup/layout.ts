import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { compactTime } from '../base/compact-time.ts'
import { makePrivateFolder } from '../state/atomic-file.ts'
import { backupIdSchema } from './manifest.ts'

const NODE = /^[a-z0-9][a-z0-9_-]{0,62}$/i
/** What is not of a node as a whole: one agent of it. */
const AGENT = /^[a-z0-9][a-z0-9_-]{0,63}$/i

const DRILL = '.drill.json'
const ARRIVED = 'arrived'

/** Where everything lies in the folder of the store. */
export class Layout {
  readonly root: string
  /** Pieces of files, by the SHA-256 of their content, in folders by its first two letters. */
  readonly objects: string
  /** Manifests and checks, a folder for each node. */
  readonly nodes: string
  /** Objects that are being written, a folder for each run. */
  readonly incoming: string
  /** Databases that are being opened to check them. */
  readonly scratch: string
  readonly locks: string

  constructor(root: string) {
    this.root = root
    this.objects = join(root, 'objects')
    this.nodes = join(root, 'nodes')
    this.incoming = join(root, 'incoming')
    this.scratch = join(root, 'scratch')
    this.locks = join(root, 'locks')
  }

  async make(): Promise<void> {
    for (const folder of [this.root, this.objects, this.nodes, this.incoming, this.scratch, this.locks])
      await makePrivateFolder(folder)
  }

  ofNode(node: string): string {
    return join(this.nodes, nodeKey(node))
  }

  manifest(node: string, id: string): string {
    return join(this.ofNode(node), `${backupIdSchema.parse(id)}.json`)
  }

  check(node: string, id: string): string {
    return join(this.ofNode(node), `${backupIdSchema.parse(id)}.check.json`)
  }

  /** Which files of a backup that was cut off have come in. */
  arrived(node: string): string {
    return join(this.ofNode(node), ARRIVED)
  }

  /** How it stands with its copy away from this machine. */
  copy(node: string, id: string): string {
    return join(this.ofNode(node), `${backupIdSchema.parse(id)}.copy.json`)
  }

  drill(node: string, id: string): string {
    return join(this.ofNode(node), `${backupIdSchema.parse(id)}${DRILL}`)
  }
}

/**
 * The name of a node as a folder. Ids are registered without regard to case. Backups of one agent lie in a folder of their
 * own, `node@agent`: nothing that asks for the backups of a node takes one of them for a backup of the whole.
 */
export function nodeKey(owner: string): string {
  const { node, agent } = ownerOf(owner)
  if (!NODE.test(node) || (agent !== null && !AGENT.test(agent))) throw new Error('not a node id')
  return owner.toLowerCase()
}

/** Whose the backups of one agent are, in place of the node's id. */
export function agentOwner(node: string, agent: string): string {
  return `${node}@${agent}`
}

/** The node that backups are of, and the agent where they are of that alone. */
export function ownerOf(owner: string): { node: string; agent: string | null } {
  const at = owner.indexOf('@')
  return at === -1 ? { node: owner, agent: null } : { node: owner.slice(0, at), agent: owner.slice(at + 1) }
}

/** Whether a name can be that of a folder of backups, of a node or of one agent. */
export function isOwnerFolder(name: string): boolean {
  const { node, agent } = ownerOf(name)
  return isNodeFolder(node) && (agent === null || (AGENT.test(agent) && name === name.toLowerCase()))
}

/** Whether a name can be that of a node's folder. */
export function isNodeFolder(name: string): boolean {
  return NODE.test(name) && name === name.toLowerCase()
}

/** The id of a manifest's file; null for any other file. */
export function idOfFile(name: string): string | null {
  const id = name.endsWith('.json') ? name.slice(0, -'.json'.length) : ''
  return backupIdSchema.safeParse(id).success ? id : null
}

/** The id of a drill's file; null for any other file. */
export function idOfDrill(name: string): string | null {
  const id = name.endsWith(DRILL) ? name.slice(0, -DRILL.length) : ''
  return backupIdSchema.safeParse(id).success ? id : null
}

/** An id for a backup that begins now. */
export function newBackupId(now: number): string {
  return `${compactTime(now)}-${randomBytes(3).toString('hex')}`
}

/** When a backup began, by its id. Epoch milliseconds, to the second. */
export function timeOfId(id: string): number {
  const [, ...parts] = /^(\d{4})(\d{2})(\d{2})T(\d{2})(\d{2})(\d{2})Z/.exec(id) ?? []
  const [year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0] = parts.map(Number)
  return Date.UTC(year, month - 1, day, hour, minute, second)
}
