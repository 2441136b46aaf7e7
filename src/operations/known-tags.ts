import { OperatorError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import { type Actor, mayUse } from './access.ts'
import type { Context } from './context.ts'

/** A tag that no node carries: one for nodes that are still to come, or one that was typed wrong. */
export interface StrayTag {
  tag: string
  /** The tag that may have been meant, of those that whoever asks may see; null where none comes near. */
  near: string | null
}

/** Those of the tags that no node carries, retired ones among them. */
export function strayTags(
  { registry }: Pick<Context, 'registry'>,
  actor: Actor,
  tags: readonly string[],
): StrayTag[] {
  const nodes = registry.list()
  const strays = tags.filter((tag) => !nodes.some((node) => node.tags.includes(tag)))
  if (strays.length === 0) return []
  const seen = nodes.filter((node) => mayUse(actor, 'viewer', node)).flatMap((node) => node.tags)
  const known = [...new Set(seen)].sort()
  return strays.map((tag) => ({ tag, near: nearest(tag, known) }))
}

/** That no node is found by these tags, with what may have been meant by one that no node carries. */
export function noNodes(
  context: Pick<Context, 'registry'>,
  actor: Actor,
  tags: readonly string[],
): OperatorError {
  const near = strayTags(context, actor, tags).find((stray) => stray.near !== null)?.near ?? null
  return new OperatorError('no-nodes', {
    ...(tags.length > 0 ? { tag: tags.join(', ') } : {}),
    ...(near === null ? {} : { near }),
  })
}

/** For what has no use before there are nodes. @throws OperatorError no-nodes */
export function requireKnownTag(context: Pick<Context, 'registry'>, actor: Actor, tag: string): void {
  if (strayTags(context, actor, [tag]).length > 0) throw noNodes(context, actor, [tag])
}
