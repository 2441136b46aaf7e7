import { ApplicationCommandOptionType } from 'discord.js'
import { z } from 'zod'
import { type Call, type Choice, defineCommand, defineControl } from '../../src/discord/command.ts'
import { localised, named } from '../../src/discord/command-bodies.ts'
import { type AuditFilter, auditListView } from '../../src/discord/views/audit.ts'
import { operations } from '../../src/operations/index.ts'
import { listAudit } from '../../src/operations/read-audit.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { translate } from '../../src/text/translate.ts'
import { suggestNodes } from '../suggestions.ts'

const HOUR_MS = 3_600_000
const SPANS = {
  '1h': HOUR_MS,
  '24h': 24 * HOUR_MS,
  '7d': 7 * 24 * HOUR_MS,
  '30d': 30 * 24 * HOUR_MS,
} as const
const MOST_CHOICES = 25
/** As people are mentioned. */
const MENTION = /^<@!?(\d{17,20})>$/

async function showPage(call: Call, filter: AuditFilter, before: number | null): Promise<void> {
  const { context, actor, signal } = call
  const span = SPANS[filter.since as keyof typeof SPANS]
  const input = {
    who: filter.who || null,
    node: filter.node || null,
    operations: filter.operation ? [filter.operation] : [],
    from: span === undefined ? null : new Date(context.clock.now() - span).toISOString(),
    before,
    limit: 10,
  }
  const report = await runOperation(context, actor, listAudit, input, { signal })
  await call.answer.finish(auditListView(report, filter, before !== null, call.readerNow()))
}

function suggestOperations(query: string): Choice[] {
  return operations
    .map(({ name }) => name)
    .filter((name) => name.includes(query.toLowerCase()))
    .slice(0, MOST_CHOICES)
    .map((name) => ({ name, value: name }))
}

function sinceChoices() {
  return (['1h', '24h', '7d', '30d'] as const).map((value) => ({
    name: translate('en', `choice.since.${value}`),
    name_localizations: localised(`choice.since.${value}`),
    value,
  }))
}

const pageArgs = z.tuple([z.coerce.number().int(), z.string(), z.string(), z.string(), z.string()])

export default defineCommand({
  group: 'audit',
  operation: listAudit,
  // It holds names, addresses and what people wrote: for whoever asked.
  audience: 'private',
  fields: { from: 'since' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.audit.list'),
    options: [
      { type: ApplicationCommandOptionType.String, ...named('option.who'), max_length: 100 },
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.node'),
        autocomplete: true,
        max_length: 63,
      },
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.operation'),
        autocomplete: true,
        max_length: 64,
      },
      { type: ApplicationCommandOptionType.String, ...named('option.since'), choices: sinceChoices() },
    ],
  },
  autocomplete: { node: suggestNodes(() => true), operation: suggestOperations },
  controls: {
    page: defineControl({
      answer: 'update',
      args: pageArgs,
      press: (call, [before, since, who, node, operation]) =>
        showPage(call, { since, who, node, operation }, before === 0 ? null : before),
    }),
  },
  execute: (call, { who = '', node = '', operation = '', since = '' }) =>
    showPage(call, { who: MENTION.exec(who)?.[1] ?? who, node, operation, since }, null),
})
