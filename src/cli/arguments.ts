import { parseArgs } from 'node:util'
import { type Command, GLOBAL_OPTIONS, type Operand, type Option } from './command.ts'
import { nearest } from './suggest.ts'
import { UsageError } from './usage-error.ts'

const MINUTES = { m: 1, h: 60, d: 24 * 60 } as const

/** The values of one call, checked against its command. */
export interface Arguments {
  /** An operand or a text option; undefined when it was left out. */
  text(name: string): string | undefined
  /** An operand that the command requires. */
  required(name: string): string
  number(name: string): number | undefined
  flag(name: string): boolean
  list(name: string): string[]
}

/** What a command line asks for. */
export interface ParsedLine {
  /** null when only the program or a group was named. */
  command: Command | null
  /** The words of the command that were recognised. */
  path: string
  args: Arguments
}

/**
 * Reads a command line. Options may stand anywhere; after `--` everything is an operand. With `--help` nothing is
 * required.
 * @throws UsageError
 */
export function parseLine(argv: readonly string[], commands: readonly Command[]): ParsedLine {
  const known = optionsByName([...GLOBAL_OPTIONS, ...commands.flatMap(({ options = [] }) => options)])
  const { tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(
      [...known.values()].map((option) => [
        option.name,
        {
          type: option.kind === 'flag' ? ('boolean' as const) : ('string' as const),
          multiple: true,
          ...(option.short === undefined ? {} : { short: option.short }),
        },
      ]),
    ),
    allowPositionals: true,
    strict: false,
    tokens: true,
  })
  const words = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []))
  const { command, path, rest } = findCommand(words, commands)
  const allowed = optionsByName([...GLOBAL_OPTIONS, ...(command?.options ?? [])])
  const given = new Map<string, string[]>()
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    const value = optionValue(token, allowed, path)
    given.set(token.name, [...(given.get(token.name) ?? []), value])
  }
  const relaxed = given.has('help') || given.has('version')
  const operands = command === null ? new Map<string, string>() : readOperands(command, rest, relaxed)
  const missing = command?.options?.find(({ name, required }) => required && !given.has(name))
  if (missing && !relaxed) throw new UsageError('missing-option', { option: `--${missing.name}` }, { path })
  return { command, path, args: createArguments(operands, given, allowed, path) }
}

/** The command whose words come first, and what is left after them. @throws UsageError unknown-command */
function findCommand(words: readonly string[], commands: readonly Command[]) {
  const [first, second] = words
  const alone = commands.find(({ path }) => path === first)
  if (alone) return { command: alone, path: alone.path, rest: words.slice(1) }
  const group = commands.filter(({ path }) => path.startsWith(`${first} `))
  if (first === undefined) return { command: null, path: '', rest: [] }
  if (group.length === 0) {
    const names = [...new Set(commands.map(({ path }) => path.split(' ')[0] ?? ''))]
    throw new UsageError('unknown-command', { command: first }, { suggestion: nearest(first, names) })
  }
  if (second === undefined) return { command: null, path: first, rest: [] }
  const found = group.find(({ path }) => path === `${first} ${second}`)
  if (found) return { command: found, path: found.path, rest: words.slice(2) }
  const meant = nearest(
    second,
    group.map(({ path }) => path.split(' ')[1] ?? ''),
  )
  throw new UsageError(
    'unknown-command',
    { command: `${first} ${second}` },
    { suggestion: meant === null ? null : `${first} ${meant}`, path: first },
  )
}

function optionValue(
  token: { name: string; rawName: string; value?: string | undefined; inlineValue?: boolean | undefined },
  allowed: ReadonlyMap<string, Option>,
  path: string,
): string {
  const option = allowed.get(token.name)
  if (!option) {
    const meant = nearest(token.name, [...allowed.keys()])
    const suggestion = meant === null ? null : `--${meant}`
    throw new UsageError('unknown-option', { option: token.rawName }, { suggestion, path })
  }
  const { value, inlineValue, rawName } = token
  if (option.kind === 'flag') {
    if (inlineValue) throw new UsageError('needless-value', { option: rawName }, { path })
    return ''
  }
  // What looks like the next option is one: a forgotten value must not swallow it.
  if (value === undefined || (inlineValue !== true && value.startsWith('-')))
    throw new UsageError('missing-value', { option: rawName }, { path })
  checkChoice(rawName, value, option.choices, path)
  return value
}

function readOperands(command: Command, words: readonly string[], relaxed: boolean): Map<string, string> {
  const { operands = [], path } = command
  const extra = words[operands.length]
  if (extra !== undefined) throw new UsageError('extra-operand', { operand: extra }, { path })
  const values = new Map<string, string>()
  operands.forEach((operand: Operand, index) => {
    const word = words[index]
    if (word !== undefined) {
      checkChoice(operand.name, word, operand.choices, path)
      values.set(operand.name, word)
    } else if (!operand.optional && !relaxed) {
      throw new UsageError('missing-operand', { operand: operand.name }, { path })
    }
  })
  return values
}

function checkChoice(
  name: string,
  value: string,
  choices: readonly string[] | undefined,
  path: string,
): void {
  if (choices === undefined || choices.includes(value)) return
  throw new UsageError(
    'not-a-choice',
    { name, value, choices: choices.join(', ') },
    { suggestion: nearest(value, choices), path },
  )
}

function createArguments(
  operands: ReadonlyMap<string, string>,
  given: ReadonlyMap<string, readonly string[]>,
  allowed: ReadonlyMap<string, Option>,
  path: string,
): Arguments {
  const text = (name: string) => operands.get(name) ?? given.get(name)?.at(-1)
  // Every number is read now, so that a wrong one is told before anything is done.
  const numbers = new Map<string, number>()
  for (const [name, values] of given) {
    const kind = allowed.get(name)?.kind
    if (kind === 'number' || kind === 'minutes')
      numbers.set(name, readNumber(`--${name}`, values.at(-1) ?? '', kind, path))
  }
  return {
    text,
    required: (name) => text(name) ?? '',
    number: (name) => numbers.get(name),
    flag: (name) => given.has(name),
    list: (name) =>
      (given.get(name) ?? []).flatMap((value) => value.split(',')).flatMap((value) => value.trim() || []),
  }
}

function readNumber(option: string, value: string, kind: 'number' | 'minutes', path: string): number {
  if (kind === 'number') {
    if (!/^\d{1,9}(\.\d{1,3})?$/.test(value))
      throw new UsageError('not-a-number', { option, value }, { path })
    return Number(value)
  }
  const [, count, unit = 'm'] = /^(\d{1,6})([mhd])?$/.exec(value) ?? []
  if (count === undefined) throw new UsageError('not-a-time', { option, value }, { path })
  return Number(count) * MINUTES[unit as keyof typeof MINUTES]
}

function optionsByName(options: readonly Option[]): Map<string, Option> {
  return new Map(options.map((option) => [option.name, option]))
}
