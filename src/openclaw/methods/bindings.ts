import { z } from 'zod'
import { optionalText } from '../optional-fields.ts'
import type { BindingFacts } from '../snapshot.ts'

const text = optionalText(128)

const bindingSchema = z.object({
  agentId: z.string().min(1).max(128),
  match: z.object({
    channel: z.string().min(1).max(128),
    accountId: text,
    peer: z.object({ kind: text, id: text }).optional().catch(undefined),
    guildId: text,
    teamId: text,
  }),
})
const configSchema = z.object({ parsed: z.object({ bindings: z.array(z.unknown()).optional() }) })

/** A node that invents more has more than a person can read. */
const MOST_BINDINGS = 500

/**
 * The channels that are bound to an agent, from the answer of `config.get`; null when it is none. A configuration without
 * bindings has none: its default agent answers everything. Entries of another shape are left out.
 * Source of the shape: `openclaw agents bind` and the configuration that it wrote (run: 2026.2.17, 2026.9.6).
 */
export function parseBindings(payload: unknown): BindingFacts[] | null {
  const parsed = configSchema.safeParse(payload)
  if (!parsed.success) return null
  return (parsed.data.parsed.bindings ?? []).slice(0, MOST_BINDINGS).flatMap((value) => {
    const binding = bindingSchema.safeParse(value)
    if (!binding.success) return []
    const { agentId, match } = binding.data
    return [{ agentId, channel: match.channel, account: match.accountId, part: partOf(match) }]
  })
}

/** What of a channel is meant, where it is not the whole of it. */
function partOf({ peer, guildId, teamId }: z.infer<typeof bindingSchema>['match']): string | null {
  if (peer?.id) return `${peer.kind ?? 'peer'}:${peer.id}`
  if (guildId !== null) return `guild:${guildId}`
  return teamId === null ? null : `team:${teamId}`
}
