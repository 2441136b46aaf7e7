import { ApplicationCommandOptionType } from 'discord.js'
import { defineCommand } from '../../src/discord/command.ts'
import { localised, named } from '../../src/discord/command-bodies.ts'
import { alertRuleView } from '../../src/discord/views/alert-rule.ts'
import { thresholdsSchema } from '../../src/monitor/thresholds.ts'
import { runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { translate } from '../../src/text/translate.ts'
import { suggestAgents } from '../monitor-suggestions.ts'
import { suggestNodes, suggestTags } from '../suggestions.ts'

const VALUE_MAX = 1_440
const names = thresholdsSchema.keyof()

/** The options that say for which part of the fleet something holds. */
export function scopeOptions() {
  const text = { type: ApplicationCommandOptionType.String, autocomplete: true } as const
  return [
    { ...text, ...named('option.scope-node'), max_length: 63 },
    { ...text, ...named('option.agent'), max_length: 128 },
    { ...text, ...named('option.tag'), max_length: 32 },
  ]
}

export default defineCommand({
  group: 'alert',
  operation: setRule,
  audience: 'channel',
  fields: { name: 'rule' },
  data: {
    type: ApplicationCommandOptionType.Subcommand,
    ...named('command.alert.rule'),
    options: [
      {
        type: ApplicationCommandOptionType.String,
        ...named('option.rule'),
        choices: names.options.map((value) => ({
          value,
          name: translate('en', `rule.${value}`),
          name_localizations: localised(`rule.${value}`),
        })),
      },
      {
        type: ApplicationCommandOptionType.Number,
        ...named('option.value'),
        min_value: 0,
        max_value: VALUE_MAX,
      },
      { type: ApplicationCommandOptionType.Boolean, ...named('option.inherit') },
      ...scopeOptions(),
    ],
  },
  autocomplete: { node: suggestNodes(() => true), agent: suggestAgents, tag: suggestTags },
  async execute(call, { rule, value, inherit, node, agent, tag }) {
    const { context, actor, signal } = call
    const inherited = inherit === true
    // A rule without a value is a question, not a change.
    const changes = rule !== undefined && (value !== undefined || inherited)
    const name = changes ? rule : null
    const input = { node, agent, tag, name, value: inherited ? null : (value ?? null) }
    const { data } = await runOperation(context, actor, setRule, input, { signal })
    await call.answer.finish(alertRuleView(data, name, inherited, call.readerNow()))
  },
})
