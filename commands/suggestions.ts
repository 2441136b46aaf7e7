import { findRecord } from '../registry/find-record.ts'
import type { NodeRecord } from '../registry/schema.ts'
import type { Choice } from '../src/discord/command.ts'
import { toLine } from '../src/discord/markdown.ts'
import { STATE_SYMBOLS } from '../src/discord/views/symbols.ts'
import type { Actor } from '../src/operations/access.ts'
import { mayUse } from '../src/operations/access.ts'
import type { Context } from '../src/operations/context.ts'

const MAX_CHOICES = 25
const MAX_NAME = 100

type NodeFilter = (node: NodeRecord) => boolean

/** Suggests nodes that the person may see, by id, name or tag; those that start with the query come first. */
export function suggestNodes(accepts: NodeFilter) {
  return (query: string, context: Context, actor: Actor): Choice[] => {
    const wanted = query.trim().toLowerCase()
    return context.registry
      .list()
      .filter((node) => accepts(node) && mayUse(actor, 'viewer', node))
      .map((node) => ({ node, rank: rankOf(node, wanted) }))
      .filter(({ rank }) => rank < NO_MATCH)
      .sort((a, b) => a.rank - b.rank || a.node.id.localeCompare(b.node.id))
      .slice(0, MAX_CHOICES)
      .map(({ node }) => ({ name: labelOf(node, context), value: node.id }))
  }
}

/** Suggests the tags of the nodes that the person may see, the most used first. */
export function suggestTags(query: string, context: Context, actor: Actor): Choice[] {
  const wanted = query.trim().toLowerCase()
  const counts = new Map<string, number>()
  for (const node of context.registry.list())
    if (mayUse(actor, 'viewer', node))
      for (const tag of node.tags) counts.set(tag, (counts.get(tag) ?? 0) + 1)
  return [...counts]
    .filter(([tag]) => tag.toLowerCase().includes(wanted))
    .sort(([a, m], [b, n]) => n - m || a.localeCompare(b))
    .slice(0, MAX_CHOICES)
    .map(([tag, count]) => ({ name: `${tag} (${count})`, value: tag }))
}

/** A node by its id with the name that people gave it; the id where it has none any more. */
export function nodeNameOf(context: Context, id: string): { id: string; name: string } {
  return { id, name: findRecord(context.registry.list(), id)?.name ?? id }
}

const NO_MATCH = 3

function rankOf(node: NodeRecord, wanted: string): number {
  const id = node.id.toLowerCase()
  const name = node.name.toLowerCase()
  if (id.startsWith(wanted) || name.startsWith(wanted)) return 0
  if (id.includes(wanted) || name.includes(wanted)) return 1
  return node.tags.some((tag) => tag.toLowerCase().includes(wanted)) ? 2 : NO_MATCH
}

function labelOf(node: NodeRecord, context: Context): string {
  const state = context.snapshots.get(node.id)?.state ?? 'unknown'
  const symbol = node.state === 'retired' ? '🗄️' : STATE_SYMBOLS[state]
  const name = node.name === node.id ? '' : ` · ${node.name}`
  return toLine(`${symbol} ${node.id}${name}`, MAX_NAME)
}
