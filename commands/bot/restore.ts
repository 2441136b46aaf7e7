import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named, nodeOption } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import {
  restoreBotPlanView,
  restoreBotProgressView,
  restoreBotQuestion,
  restoreBotResultView,
} from '../../src/discord/views/bot-backups.ts'
import { restoreBot } from '../../src/operations/restore-bot.ts'
import { backupOption } from '../node/backup-option.ts'
import { suggestNodes } from '../suggestions.ts'
import { botOption, suggestBotBackups, suggestBots } from './bot-option.ts'

const flow = confirmedFlow(restoreBot, {
  question: restoreBotQuestion,
  plan: restoreBotPlanView,
  progress: restoreBotProgressView,
  result: (_plan, report, pressed, reader) => restoreBotResultView(report, pressed, reader),
})

export default defineCommand({
  group: 'bot',
  operation: restoreBot,
  audience: 'channel',
  fields: { id: 'bot' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.bot.restore'),
    options: [
      nodeOption(),
      botOption(),
      backupOption('option.backup'),
      { type: ApplicationCommandOptionType.String, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: {
    node: suggestNodes((node) => node.state !== 'retired'),
    bot: suggestBots,
    backup: suggestBotBackups,
  },
  confirmed: flow.run,
  execute: (call, { node, bot: id, backup, reason }) => flow.ask(call, { node, id, backup }, reason),
})
