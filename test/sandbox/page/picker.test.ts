import { describe, expect, it } from 'vitest'
import type { CommandEntry, OptionEntry } from '../../../src/sandbox/discord/control.ts'
import { commands } from './fixtures.ts'

type Choice = { name: string; value: string | number | boolean }
interface Picker {
  matchCommands(commands: CommandEntry[], typed: string): CommandEntry[]
  exactCommand(commands: CommandEntry[], typed: string): { command: CommandEntry; rest: string } | null
  pastedOptions(command: CommandEntry, rest: string): Map<string, { text: string }> | null
  readOption(
    option: OptionEntry,
    chip: { text: string; picked: Choice | null },
    fixed: Choice[] | null,
  ): unknown
}
interface Strings {
  TABLES: Record<string, Record<string, string>>
}

const page = (file: string) => new URL(`../../../src/sandbox/page/${file}`, import.meta.url).href
const { matchCommands, exactCommand, pastedOptions, readOption } = (await import(page('picker.js'))) as Picker
const { TABLES } = (await import(page('strings.js'))) as Strings

const names = (found: CommandEntry[]) => found.map((command) => command.path.join(' '))

describe('the command list', () => {
  it('finds a command by its name in the viewer’s language, by its default name and by its description', () => {
    const ja = commands('ja', true)
    expect(names(matchCommands(ja, 'ノード 再'))).toEqual(['node restart'])
    expect(names(matchCommands(ja, 'node rest'))).toEqual(['node restart'])
    expect(names(matchCommands(ja, 'ゲートウェイ'))).toEqual(['node restart'])
    expect(names(matchCommands(commands('en-US', true), 'zzz'))).toEqual([])
  })

  it('hides what the roles of the viewer hide', () => {
    expect(names(matchCommands(commands('en-US', false), ''))).not.toContain('node register')
  })

  it('takes a command that is typed in full, and the rest as text', () => {
    const found = exactCommand(commands('en-US', true), 'node status kyoto')
    expect([found?.command.path, found?.rest]).toEqual([['node', 'status'], 'kyoto'])
    expect(exactCommand(commands('en-US', true), 'node status')).toBeNull()
  })
})

describe('a line that was pasted whole', () => {
  const logs = (locale: 'en-US' | 'ja') =>
    commands(locale, true).find((command) => command.path[1] === 'logs') as CommandEntry
  const read = (rest: string, locale: 'en-US' | 'ja' = 'en-US') => {
    const found = pastedOptions(logs(locale), rest)
    return found && Object.fromEntries([...found].map(([name, { text }]) => [name, text]))
  }

  it('has its options found by their names, and colons in a value left alone', () => {
    expect(read('node:kyoto-1 lines:20')).toEqual({ node: 'kyoto-1', lines: '20' })
    expect(read('node:oc@127.0.0.1:22303 lines:5')).toEqual({ node: 'oc@127.0.0.1:22303', lines: '5' })
    expect(read('node:kyoto-1', 'ja')).toEqual({ node: 'kyoto-1' })
  })

  it('is a value where it begins with the name of no option', () => {
    expect(read('kyoto-1')).toBeNull()
    expect(read('kyoto node:x')).toBeNull()
    expect(read('other:kyoto-1')).toBeNull()
  })
})

describe('reading an option', () => {
  const logs = commands('en-US', true).find((command) => command.path[1] === 'logs')
  const lines = logs?.options.find((option) => option.name === 'lines') as OptionEntry
  const read = (text: string) => readOption(lines, { text, picked: null }, null)

  it('accepts whole numbers within the limits and explains the others', () => {
    expect(read('20')).toEqual({ value: 20 })
    expect(read('２０')).toEqual({ value: 20 })
    expect(read('2.5')).toEqual({ problem: 'notInteger' })
    expect(read('many')).toEqual({ problem: 'notInteger' })
    expect(read('0')).toEqual({ problem: 'tooSmall', limit: 1 })
    expect(read('201')).toEqual({ problem: 'tooLarge', limit: 200 })
    expect(read(' ')).toBeNull()
  })

  it('sends the value behind a picked choice until its text is changed', () => {
    const picked = { name: 'kyoto-1 · serving', value: 'n-1' }
    const node = logs?.options[0] as OptionEntry
    expect(readOption(node, { text: picked.name, picked }, null)).toEqual({ value: 'n-1' })
    expect(readOption(node, { text: 'kyoto', picked }, null)).toEqual({ value: 'kyoto' })
  })

  it('takes only listed values where there is a list', () => {
    const fixed = [{ name: 'True', value: true }]
    const follow = logs?.options[2] as OptionEntry
    expect(readOption(follow, { text: 'true', picked: null }, fixed)).toEqual({ value: true })
    expect(readOption(follow, { text: 'maybe', picked: null }, fixed)).toEqual({ problem: 'notChoice' })
  })
})

describe('the words of the page', () => {
  it('has every phrase with the same parameters in each language', () => {
    const shape = (table: Record<string, string>) =>
      Object.fromEntries(
        Object.entries(table).map(([key, words]) => [
          key,
          [...words.matchAll(/\{\w+\}/g)].map(String).sort(),
        ]),
      )
    expect(shape(TABLES.ja ?? {})).toEqual(shape(TABLES['en-US'] ?? {}))
    expect(shape(TABLES['zh-CN'] ?? {})).toEqual(shape(TABLES['en-US'] ?? {}))
  })
})
