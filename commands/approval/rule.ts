import { ApplicationCommandOptionType } from 'discord.js'
import { type Choice, defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { approvalRuleView } from '../../src/discord/views/approval.ts'
import { DEFAULT_MINUTES, MOST_MINUTES } from '../../src/operations/approvals.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { APPROVABLE, setApprovalRule } from '../../src/operations/set-approval-rule.ts'
import { suggestTags } from '../suggestions.ts'

const text = { type: ApplicationCommandOptionType.String, autocomplete: true } as const

function suggestOperations(query: string): Choice[] {
  const wanted = query.trim().toLowerCase()
  return APPROVABLE.filter((name) => name.includes(wanted)).map((name) => ({ name, value: name }))
}

export default defineCommand({
  group: 'approval',
  operation: setApprovalRule,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.approval.rule'),
    options: [
      { ...text, ...named('option.approval-operation'), required: true, max_length: 40 },
      { ...text, ...named('option.approval-tag'), max_length: 32 },
      {
        type: ApplicationCommandOptionType.Integer,
        ...named('option.approval-minutes'),
        min_value: 1,
        max_value: MOST_MINUTES,
      },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.approval-off') },
    ],
  },
  autocomplete: { operation: suggestOperations, tag: suggestTags },
  async execute(call, { operation, tag, minutes, off }) {
    const { context, actor, signal } = call
    const input = { operation, tag: tag ?? null, minutes: off === true ? null : (minutes ?? DEFAULT_MINUTES) }
    const report = await runOperation(context, actor, setApprovalRule, input, { signal })
    await call.answer.finish(approvalRuleView(report, call.readerNow()))
  },
})
