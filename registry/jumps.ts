import type { JumpHost, NodeRecord } from './schema.ts'

/** The jump host of every tag that has one. */
export type TagJumps = Readonly<Record<string, JumpHost>>

/** The jump host through which a node is reached: its own, else that of the first of its tags that has one. */
export function jumpOf(node: Pick<NodeRecord, 'jump' | 'tags'>, jumps: TagJumps): JumpHost | null {
  if (node.jump) return node.jump
  const tag = node.tags.find((one) => Object.hasOwn(jumps, one))
  return (tag === undefined ? undefined : jumps[tag]) ?? null
}

/** What a jump host is called: its login and address. */
export function jumpName({ user, host, port }: Pick<JumpHost, 'user' | 'host' | 'port'>): string {
  return `${user}@${host.includes(':') ? `[${host}]` : host}:${port}`
}
