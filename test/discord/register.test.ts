import type { APIApplicationCommand } from 'discord.js'
import { describe, expect, it } from 'vitest'
import { commands } from '../../commands/index.ts'
import { commandBodies } from '../../src/discord/command-bodies.ts'
import { commandChanges } from '../../src/discord/register.ts'

const wanted = commandBodies(commands)

/** What Discord answers for what it was sent: ids, versions, and the defaults of all that was left out. */
function stored(): APIApplicationCommand[] {
  const fill = (option: object): object => ({
    ...option,
    required: 'required' in option ? option.required : false,
    autocomplete: 'autocomplete' in option ? option.autocomplete : false,
    ...('options' in option && Array.isArray(option.options) ? { options: option.options.map(fill) } : {}),
  })
  return wanted.map((command, index) => ({
    ...(fill(structuredClone(command)) as unknown as APIApplicationCommand),
    id: String(index),
    application_id: '1',
    version: '1',
    default_member_permissions: null,
    nsfw: false,
    contexts: null,
  }))
}

/** Discord drops a localised text that equals the default one. */
function withoutRepeats<T>(value: T): T {
  if (Array.isArray(value)) return value.map(withoutRepeats) as T
  if (value === null || typeof value !== 'object') return value
  const kept = Object.entries(value).map(([key, inner]) => {
    const standard: unknown = Reflect.get(value, key.replace('_localizations', ''))
    const own = key.endsWith('_localizations')
      ? Object.fromEntries(Object.entries(inner ?? {}).filter(([, text]) => text !== standard))
      : withoutRepeats(inner)
    return [key, own]
  })
  return Object.fromEntries(kept)
}

describe('the registration', () => {
  it('writes nothing again for names that are the same in another language', () => {
    const [first, ...others] = wanted
    if (!first) throw new Error('no commands')
    const same = { ...first, name_localizations: { ...first.name_localizations, ja: first.name } }
    const [firstStored, ...rest] = withoutRepeats(stored())
    if (!firstStored) throw new Error('no commands')
    expect(commandChanges(withoutRepeats(stored()), wanted)).toEqual([])
    const { ja: _ja, ...left } = firstStored.name_localizations ?? {}
    expect(
      commandChanges([{ ...firstStored, name_localizations: left }, ...rest], [same, ...others]),
    ).toEqual([])
  })

  it('writes nothing when Discord has the commands already, whatever it adds to them', () => {
    expect(commandChanges(stored(), wanted)).toEqual([])
  })

  it('names what is new, gone and different', () => {
    const [node, ...others] = stored()
    if (!node) throw new Error('no commands')
    const changes = (first: APIApplicationCommand[]) => commandChanges([...first, ...others], wanted)
    expect(commandChanges([], wanted)).toEqual(wanted.map(({ name }) => `+${name}`))
    expect(changes([node, { ...node, name: 'old' }])).toEqual(['-old'])
    expect(changes([{ ...node, description: 'else' }])).toEqual([`~${node.name}`])
    const renamed = { ...node, name_localizations: { ...node.name_localizations, ja: 'べつ' } }
    expect(changes([renamed])).toEqual([`~${node.name}`])
    expect(changes([{ ...node, options: node.options?.slice(1) ?? [] }])).toEqual([`~${node.name}`])
  })
})
