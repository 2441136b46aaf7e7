import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import type { Choice } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { toLine } from '../../src/discord/markdown.ts'
import type { Actor } from '../../src/operations/access.ts'
import { isPending } from '../../src/operations/approvals.ts'
import type { Context } from '../../src/operations/context.ts'
import { hasAuthority } from '../../src/operations/decide-approval.ts'

const MAX_NAME = 100

/** The arguments of a button on a request. */
export const requestArgs = z.tuple([z.string().min(1).max(64)])

/** The option that names a request. */
export function requestOption() {
  return {
    type: ApplicationCommandOptionType.String,
    ...named('option.request'),
    required: true,
    autocomplete: true,
    max_length: 64,
  } as const
}

/** Suggests requests that wait and that the person may see. */
export function suggestRequests(query: string, context: Context, actor: Actor): Choice[] {
  const now = context.clock.now()
  return context.approvals
    .list()
    .filter((one) => isPending(one, now) && hasAuthority(context, actor, one, 'viewer'))
    .map(({ id, operation, nodeId, askedBy }) => ({
      name: toLine([id, operation, nodeId, askedBy.name].filter(Boolean).join(' · '), MAX_NAME),
      value: id,
    }))
    .filter(({ name }) => name.toLowerCase().includes(query.trim().toLowerCase()))
}
