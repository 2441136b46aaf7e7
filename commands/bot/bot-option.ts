import { ApplicationCommandOptionType } from 'discord.js'
import { findRecord } from '../../registry/find-record.ts'
import { agentOwner } from '../../src/backup/layout.ts'
import type { Choice, OptionValues } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { toLine } from '../../src/discord/markdown.ts'
import { type Actor, mayUse } from '../../src/operations/access.ts'
import { botIdSchema } from '../../src/operations/bot-input.ts'
import type { Context } from '../../src/operations/context.ts'
import { choiceOf } from '../node/backup-option.ts'

const MAX_CHOICES = 25
const MAX_NAME = 100

/** An option that names a bot of the node that is typed before it. */
export function botOption() {
  return {
    type: ApplicationCommandOptionType.String,
    ...named('option.this-bot'),
    required: true,
    autocomplete: true,
    max_length: 64,
  } as const
}

/** Suggests the bots of the node that was chosen, from memory; one that was deleted has to be typed. */
export function suggestBots(query: string, context: Context, actor: Actor, given: OptionValues): Choice[] {
  const node = findRecord(context.registry.list(), String(given.node ?? ''))
  if (node === undefined || !mayUse(actor, 'viewer', node)) return []
  const wanted = query.trim().toLowerCase()
  const seen: readonly { id: string; name?: string | null }[] =
    context.snapshots.get(node.id)?.agents.value ?? node.agents
  return seen
    .filter(({ id, name }) => `${id} ${name ?? ''}`.toLowerCase().includes(wanted))
    .slice(0, MAX_CHOICES)
    .map(({ id, name }) => ({
      name: toLine(name !== undefined && name !== null && name !== id ? `${id} · ${name}` : id, MAX_NAME),
      value: id.slice(0, MAX_NAME),
    }))
}

/** Suggests the backups of the bot that was chosen, and those of its node, newest first, from memory. */
export function suggestBotBackups(
  query: string,
  context: Context,
  actor: Actor,
  given: OptionValues,
): Choice[] {
  const node = findRecord(context.registry.list(), String(given.node ?? ''))
  if (node === undefined || !mayUse(actor, 'viewer', node)) return []
  const wanted = query.trim().toLowerCase()
  const bot = botIdSchema.safeParse(given.bot).data
  const own = bot === undefined ? [] : context.backups.known(agentOwner(node.id, bot))
  return [...own, ...context.backups.known(node.id)]
    .filter(({ id }) => id.toLowerCase().includes(wanted))
    .sort((a, b) => b.takenAt - a.takenAt)
    .slice(0, MAX_CHOICES)
    .map((row) => choiceOf(row, context.clock.now()))
}
