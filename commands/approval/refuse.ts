import { ApplicationCommandOptionType } from 'discord.js'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { approvalView } from '../../src/discord/views/approval.ts'
import { refuseRequest } from '../../src/operations/decide-approval.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { requestArgs, requestOption, suggestRequests } from './request-option.ts'

async function decide(call: Call, request: string): Promise<void> {
  const { context, actor, signal } = call
  const { data } = await runOperation(context, actor, refuseRequest, { request }, { signal })
  await call.answer.finish(approvalView(data, call.readerNow()))
}

export default defineCommand({
  group: 'approval',
  operation: refuseRequest,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.approval.refuse'),
    options: [requestOption()],
  },
  autocomplete: { request: suggestRequests },
  controls: {
    refuse: defineControl({
      answer: 'update',
      args: requestArgs,
      press: (call, [request]) => decide(call, request),
    }),
  },
  execute: (call, { request }) => decide(call, request),
})
