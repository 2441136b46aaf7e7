import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { confirmedFlow } from '../../src/discord/confirm.ts'
import { jumpPlanView, jumpProgressView, jumpResultView } from '../../src/discord/views/jump.ts'
import { setTagJump } from '../../src/operations/set-tag-jump.ts'
import { suggestTags } from '../suggestions.ts'
import { NONE } from './tags.ts'

const flow = confirmedFlow(setTagJump, {
  question: (plan, { ink }) => ink.t('jump.ask.tag', {}, { tag: plan.tag }),
  plan: jumpPlanView,
  progress: jumpProgressView,
  result: (_plan, report, pressed, reader) => jumpResultView(report, pressed, reader),
})

const text = ApplicationCommandOptionType.String as const

export default defineCommand({
  group: 'node',
  operation: setTagJump,
  audience: 'channel',
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.node.jump'),
    options: [
      { type: text, ...named('option.jump-tag'), required: true, max_length: 32, autocomplete: true },
      { type: text, ...named('option.jump'), required: true, max_length: 320 },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.force') },
      { type: text, ...named('option.reason'), max_length: 300 },
    ],
  },
  autocomplete: { tag: suggestTags },
  confirmed: flow.run,
  execute: (call, { tag, jump, force, reason }) =>
    flow.ask(call, { tag, jump: jump.trim() === NONE ? null : jump, force }, reason),
})
