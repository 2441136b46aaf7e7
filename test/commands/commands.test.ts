import { ApplicationCommandOptionType } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { commands } from '../../commands/index.ts'
import { suggestNodes, suggestTags } from '../../commands/suggestions.ts'
import { type Call, commandKey, defineCommand } from '../../src/discord/command.ts'
import { commandBodies, named, nodeOption } from '../../src/discord/command-bodies.ts'
import { encodeCustomId } from '../../src/discord/custom-id.ts'
import type { Actor } from '../../src/operations/access.ts'
import type { Context } from '../../src/operations/context.ts'
import { checkCommandList } from '../../src/sandbox/discord/validate.ts'
import { HOSTILE, nodeRecord } from '../discord/extremes.ts'

describe('the commands', () => {
  it('are a set that Discord takes', () => {
    expect(() => checkCommandList(commandBodies(commands))).not.toThrow()
  })

  it('have keys of their own that fit into custom ids with the longest node id', () => {
    const keys = commands.map(commandKey)
    expect(new Set(keys).size).toBe(keys.length)
    expect(keys).not.toContain('confirm')
    for (const command of commands)
      for (const action of Object.keys(command.controls ?? {}))
        expect(encodeCustomId(commandKey(command), action, 'n'.repeat(63), 999)).toBeTruthy()
  })

  it('suggest for exactly the options that Discord asks about', () => {
    for (const command of commands) {
      const options = command.data.options ?? []
      const asked = options.flatMap((option) =>
        'autocomplete' in option && option.autocomplete ? option.name : [],
      )
      expect(Object.keys(command.autocomplete ?? {}).sort(), command.data.name).toEqual(asked.sort())
    }
  })

  it('read their own options only, each as what it is', async () => {
    const seen: unknown[] = []
    const command = defineCommand({
      group: 'node',
      operation: { name: 'restart-node' },
      audience: 'private',
      data: {
        type: ApplicationCommandOptionType.Subcommand,
        ...named('command.node.restart'),
        options: [
          nodeOption(),
          { type: ApplicationCommandOptionType.Boolean, ...named('option.drain') },
          {
            type: ApplicationCommandOptionType.String,
            ...named('option.set'),
            required: true,
            choices: [
              { name: 'on', value: 'on' },
              { name: 'off', value: 'off' },
            ],
          },
        ],
      },
      autocomplete: { node: () => [] },
      async execute(_call, options) {
        const node: string = options.node
        const drain: boolean | undefined = options.drain
        const set: 'on' | 'off' = options.set
        // @ts-expect-error: misspelt
        seen.push(node, drain, set, options.nodes)
        // @ts-expect-error: not everybody gives it
        const needed: boolean = options.drain
        // @ts-expect-error: no choice
        seen.push(needed, options.set === 'maybe')
      },
    })
    await command.execute({} as Call, { node: 'alpha', set: 'on' })
    expect(seen).toEqual(['alpha', undefined, 'on', undefined, undefined, false])
  })

  it('speak three languages', () => {
    for (const { data } of commands)
      for (const part of [data, ...(data.options ?? [])])
        for (const locale of ['ja', 'zh-CN'] as const) {
          expect(part.name_localizations?.[locale], part.name).toBeTruthy()
          expect(part.description_localizations?.[locale], part.name).toBeTruthy()
        }
  })
})

describe('suggestions', () => {
  const nodes = Array.from({ length: 60 }, (_, index) =>
    nodeRecord({
      id: `node-${index}`,
      name: `${index} ${HOSTILE}`.slice(0, 80),
      tags: [index % 2 ? 'odd' : 'even'],
    }),
  )
  const context = {
    registry: { list: () => nodes },
    snapshots: { get: () => undefined },
  } as unknown as Context
  const actor = (tags: string[] | null): Actor => ({
    face: 'discord',
    id: '1',
    name: 'x',
    grants: [{ level: 'viewer', tags }],
  })

  it('are at most 25, and short enough', () => {
    const choices = suggestNodes(() => true)('', context, actor(null))
    expect(choices.length).toBe(25)
    for (const { name } of choices) expect(name.length).toBeLessThanOrEqual(100)
  })

  it('hide what the person may not see', () => {
    const seen = suggestNodes(() => true)('node', context, actor(['odd']))
    expect(seen.every(({ value }) => Number(value.split('-')[1]) % 2 === 1)).toBe(true)
    expect(suggestTags('', context, actor(['odd']))).toEqual([{ name: 'odd (30)', value: 'odd' }])
    expect(suggestNodes(() => true)('', context, { ...actor(null), grants: [] })).toEqual([])
  })

  it('put what starts with the query first and find tags', () => {
    expect(suggestNodes(() => true)('node-42', context, actor(null)).map(({ value }) => value)).toEqual([
      'node-42',
    ])
    expect(suggestNodes(() => true)('EVEN', context, actor(null)).length).toBe(25)
    expect(suggestNodes(() => true)('nothing', context, actor(null))).toEqual([])
  })
})
