import { ApplicationCommandOptionType } from 'discord.js'
import { type Call, defineCommand, defineControl } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { approvalListView } from '../../src/discord/views/approval.ts'
import { listApprovals } from '../../src/operations/decide-approval.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { requestArgs } from './request-option.ts'

async function show(call: Call, all: boolean): Promise<void> {
  const { context, actor, signal } = call
  const report = await runOperation(context, actor, listApprovals, { all }, { signal })
  await call.answer.finish(approvalListView(report, call.readerNow()))
}

export default defineCommand({
  group: 'approval',
  operation: listApprovals,
  audience: 'private',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.approval.list'),
    options: [{ type: ApplicationCommandOptionType.Boolean, ...named('option.approval-all') }],
  },
  controls: {
    show: defineControl({ answer: 'private', args: requestArgs, press: (call) => show(call, true) }),
  },
  execute: (call, { all }) => show(call, all === true),
})
