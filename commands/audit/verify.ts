import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { auditCheckView } from '../../src/discord/views/audit.ts'
import { verifyAudit } from '../../src/operations/read-audit.ts'
import { runOperation } from '../../src/operations/run-operation.ts'

export default defineCommand({
  group: 'audit',
  operation: verifyAudit,
  // The last line, told to a channel, is a note of it that ocm cannot change.
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.audit.verify'),
    options: [{ type: ApplicationCommandOptionType.String, ...named('option.noted'), max_length: 80 }],
  },
  async execute(call, { noted }) {
    const { context, actor, signal } = call
    const report = await runOperation(context, actor, verifyAudit, { noted: noted ?? null }, { signal })
    await call.answer.finish(auditCheckView(report, call.readerNow()))
  },
})
