import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { approvalView } from '../../src/discord/views/approval.ts'
import { overrideApproval } from '../../src/operations/decide-approval.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { requestOption, suggestRequests } from './request-option.ts'

export default defineCommand({
  group: 'approval',
  operation: overrideApproval,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.approval.emergency'),
    options: [
      requestOption(),
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.emergency-reason'),
        required: true,
        min_length: 10,
        max_length: 300,
      },
    ],
  },
  autocomplete: { request: suggestRequests },
  async execute(call, { request, reason }) {
    const { context, actor, signal } = call
    const input = { request, reason }
    const { data } = await runOperation(context, actor, overrideApproval, input, { signal, reason })
    await call.answer.finish(approvalView(data, call.readerNow()))
  },
})
