import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { nearest } from '../../src/base/nearest.ts'
import { parseLine } from '../../src/cli/arguments.ts'
import { GLOBAL_OPTIONS } from '../../src/cli/command.ts'
import { commands } from '../../src/cli/commands.ts'
import { wantedAt } from '../../src/cli/completion.ts'
import { UsageError } from '../../src/cli/usage-error.ts'
import { CATALOGUE } from '../../src/text/catalogue.ts'
import { isPlainKey } from '../../src/text/translate.ts'

const parse = (line: string) => parseLine(line.split(' ').filter(Boolean), commands)

function refusal(line: string) {
  try {
    parse(line)
  } catch (error) {
    if (error instanceof UsageError)
      return { code: error.code, suggestion: error.suggestion, ...error.params }
    throw error
  }
  throw new Error(`accepted: ${line}`)
}

describe('the table of commands', () => {
  it('gives an option the same kind of value and the same letter everywhere, so that a line can be read before its command is known', () => {
    const kinds = new Map<string, string>()
    for (const option of [...GLOBAL_OPTIONS, ...commands.flatMap(({ options = [] }) => options)]) {
      const kind = `${option.kind} ${option.short ?? ''}`
      expect(kinds.get(option.name) ?? kind, option.name).toBe(kind)
      kinds.set(option.name, kind)
    }
  })

  it('has no option that Node takes for itself, also behind the program', () => {
    const names = new Set(
      [...GLOBAL_OPTIONS, ...commands.flatMap(({ options = [] }) => options)].map(({ name }) => name),
    )
    const nowhere = join(tmpdir(), 'there-is-no-such-file')
    const folder = mkdtempSync(join(tmpdir(), 'ocm-options-'))
    const program = join(folder, 'program.cjs')
    writeFileSync(program, 'process.stdout.write(process.argv.at(-1))')
    try {
      const all = [...names].map((name) => `--${name}=${nowhere}`)
      const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...all], { encoding: 'utf8' })
      expect([status, stdout, stderr]).toEqual([0, all.at(-1), ''])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it('has every path once, and each operand that may be left out after those that may not', () => {
    expect(new Set(commands.map(({ path }) => path)).size).toBe(commands.length)
    const typed = commands.flatMap(({ path, aliases = [] }) => [path, ...aliases])
    expect(new Set(typed).size).toBe(typed.length)
    for (const { operands = [], path } of commands) {
      const firstOptional = operands.findIndex(({ optional }) => optional)
      if (firstOptional !== -1)
        expect(
          operands.slice(firstOptional).every(({ optional }) => optional),
          path,
        ).toBe(true)
    }
  })

  it('has a heading for each group of commands', () => {
    const groups = commands.map(({ path }) => (path.includes(' ') ? path.split(' ')[0] : 'program'))
    expect(groups.filter((group) => !isPlainKey(`cli.group.${group}`))).toEqual([])
  })

  it('knows a text for every usage error', () => {
    expect(CATALOGUE.ja['cli.usage.unknown-option']).toContain('{option}')
  })
})

describe('a command line', () => {
  it('takes options anywhere and gives each its value', () => {
    const { command, args } = parse('--json node logs --lines 20 alpha --follow=5')
    expect(command?.path).toBe('node logs')
    expect(args.required('node')).toBe('alpha')
    expect([args.number('lines'), args.number('follow'), args.flag('json')]).toEqual([20, 5, true])
  })

  it('says of a negative figure that it does not fit, not that it is missing', () => {
    expect(refusal('node maintenance alpha on --for -3h')).toMatchObject({ option: '--for', value: '-3h' })
    expect(parse('node logs alpha --lines -5').args.number('lines')).toBe(-5)
    expect(refusal('node logs alpha --lines --json')).toMatchObject({ code: 'missing-value' })
  })

  it('reads times and lists', () => {
    expect(parse('alert snooze I-3 --for 8h').args.number('for')).toBe(480)
    expect(parse('alert snooze I-3 --for 2d').args.number('for')).toBe(2_880)
    expect(parse('alert mute --tag prod --for 0').args.number('for')).toBe(0)
    expect(parse('node list --tag a,b --tag c').args.list('tag')).toEqual(['a', 'b', 'c'])
  })

  it.each([
    ['alert snooze I-3 --for 90', 'for', 90],
    ['alert snooze I-3 --for 1h30m', 'for', 90],
    ['alert snooze I-3 --for=1w', 'for', 10_080],
    ['node maintenance a on --for 120s', 'for', 2],
    ['node logs a --follow 5', 'follow', 5],
    ['node logs a --follow 5s', 'follow', 5],
    ['node logs a --follow 1.5m', 'follow', 90],
    ['node logs a -f 2m', 'follow', 120],
    ['node logs a -f2m', 'follow', 120],
    ['node logs a -f', 'follow', 300],
    ['node logs -f a', 'follow', 300],
    ['node logs --follow a --json', 'follow', 300],
    ['node logs a -f --json', 'follow', 300],
    ['node logs a -n 20', 'lines', 20],
  ])('reads the time of %s', (line, option, value) => {
    const { args } = parse(line)
    expect(args.number(option)).toBe(value)
    if (line.startsWith('node')) expect(args.required('node')).toBe('a')
  })

  it.each([
    ['node ls', 'node list'],
    ['nodes --tag prod', 'node list'],
    ['logs a', 'node logs'],
    ['session ls a', 'session list'],
    ['alerts', 'alert list'],
    ['alert rules', 'alert rule'],
    ['version', 'version'],
  ])('may be typed in another way: %s', (line, path) => {
    expect(parse(line).command?.path).toBe(path)
  })

  it('takes everything after -- as a value, whatever it looks like', () => {
    expect(parse('session show alpha -- --json').args.required('session')).toBe('--json')
  })

  it.each([
    ['nod list', { code: 'unknown-command', suggestion: 'node' }],
    ['node lits', { code: 'unknown-command', suggestion: 'node list' }],
    ['node frobnicate', { code: 'unknown-command', suggestion: null }],
    ['node list --jsno', { code: 'unknown-option', suggestion: '--json' }],
    ['node list --yes', { code: 'unknown-option' }],
    ['node status', { code: 'missing-operand', operand: 'node' }],
    ['node status a b', { code: 'extra-operand', operand: 'b' }],
    ['node logs a --lines', { code: 'missing-value', option: '--lines' }],
    ['node logs a --lines --follow 3', { code: 'missing-value', option: '--lines' }],
    ['node logs a --lines many', { code: 'not-a-number', value: 'many' }],
    ['node restart a --yes=no', { code: 'needless-value', option: '--yes' }],
    ['node list --state servin', { code: 'not-a-choice', suggestion: 'serving' }],
    ['alert snooze I-3', { code: 'missing-option', option: '--for' }],
    ['alert snooze I-3 --for soon', { code: 'not-a-time' }],
    ['alert snooze I-3 --for 90s', { code: 'not-a-time' }],
    ['alert snooze I-3 --for 1h30', { code: 'not-a-time' }],
    ['node logs a --follow=long', { code: 'not-a-time' }],
    ['node start a', { code: 'unknown-command', suggestion: 'node restart' }],
    ['alert rule disc', { code: 'not-a-choice' }],
    ['alert snooze I-1', { code: 'missing-option', option: '--for' }],
    ['completion powershell', { code: 'not-a-choice' }],
  ])('is refused when it is wrong: %s', (line, expected) => {
    expect(refusal(line)).toMatchObject(expected)
  })

  it('asks for nothing when help is wanted', () => {
    expect(parse('node register --help').command?.path).toBe('node register')
  })

  it('survives a hundred thousand characters and control characters', () => {
    const word = `\u0000\u001b[31m${'x'.repeat(100_000)}`
    expect(() => parseLine([word], commands)).toThrow(UsageError)
    expect(() => parseLine(['node', 'list', `--${word}`], commands)).toThrow(UsageError)
    expect(nearest(word, ['node'])).toBeNull()
  })
})

describe('completion', () => {
  const at = (...words: string[]) => {
    const wanted = wantedAt(words, commands, () => '')
    return wanted.kind === 'words' ? wanted.words.map(({ word }) => word) : wanted.kind
  }

  it('follows the table', () => {
    expect(at('')).toEqual([
      'node',
      'backup',
      'bot',
      'fleet',
      'board',
      'shift',
      'audit',
      'session',
      'alert',
      'approval',
      'registry',
      'key',
      'token',
      'service',
      'web',
      'init',
      'start',
      'doctor',
      'completion',
      'version',
      'help',
    ])
    expect(at('node', 're')).toEqual(['restart', 'retire', 'restore', 'register', 'remove'])
    expect(at('node', 'restart', '')).toBe('node')
    expect(at('node', 'unretire', '')).toBe('retired-node')
    expect(at('node', 'trust', '')).toBe('node')
    expect(at('node', 'trust', 'alpha', '--accept-h')).toEqual(['--accept-host-key'])
    expect(at('--lang', 'ja', 'alert', 'ack', '')).toBe('incident')
    expect(at('registry', 'import', '')).toBe('file')
    expect(at('node', 'list', '--state', '')).toContain('serving')
    expect(at('node', 'restart', 'alpha', '--no')).toEqual(['--no-drain'])
    expect(at('node', 'restart', 'alpha', '--yes', '--y')).toEqual([])
    expect(at('no', '')).toEqual([])
  })

  it('knows where a value stands in its option, what was given, and what -- ends', () => {
    expect(at('node', 'list', '--state=un')).toContain('unknown')
    expect(wantedAt(['node', 'list', '--state=un'], commands, () => '').prefix).toBe('--state=')
    expect(at('node', 'list', '--settings=x')).toBe('file')
    expect(at('alert', 'mute', '--node=')).toBe('node')
    expect(at('node', 'list', '--state=unknown', '--sta')).toEqual([])
    expect(at('node', 'restart', 'alpha', '-y', '--y')).toEqual([])
    expect(at('node', 'status', '--', '')).toBe('node')
    expect(at('node', 'status', '--', '--js')).toBe('node')
    expect(at('help', 'node', 'regis')).toEqual(['register'])
    expect(at('help', 'doctor', '')).toEqual([])
  })
})
