import { parseArgs } from 'node:util'
import { nearest } from '../base/nearest.ts'
import { type Command, GLOBAL_OPTIONS, type Operand, type Option } from './command.ts'
import { readDuration } from './duration.ts'
import { UsageError } from './usage-error.ts'

/** The values of one call, checked against its command. */
export interface Arguments {
  /** An operand or a text option; undefined when it was left out. */
  text(name: string): string | undefined
  /** An operand that the command requires. */
  required(name: string): string
  /** In the unit of the option's kind. */
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
    args: withImplied(argv, known),
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
  const named = (path: string) =>
    commands.find((command) => command.path === path || command.aliases?.includes(path))
  const alone = first === undefined ? undefined : named(first)
  if (alone) return { command: alone, path: alone.path, rest: words.slice(1) }
  const group = commands.filter(({ path }) => path.startsWith(`${first} `))
  if (first === undefined) return { command: null, path: '', rest: [] }
  if (group.length === 0) {
    const names = [...new Set(commands.map(({ path }) => path.split(' ')[0] ?? ''))]
    throw new UsageError('unknown-command', { command: first }, { suggestion: nearest(first, names) })
  }
  if (second === undefined) return { command: null, path: first, rest: [] }
  const found = named(`${first} ${second}`)
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
  // What looks like the next option is one: a forgotten value must not swallow it. A dash alone is standard input, and
  // no option is a figure: a negative one is a value that does not fit.
  if (value === undefined || (inlineValue !== true && /^-[^\d]/.test(value)))
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
      if (!operand.shortened || choicesMeant(operand, word).length === 0)
        checkChoice(operand.name, word, operand.choices, path)
      values.set(operand.name, word)
    } else if (!operand.optional && !relaxed) {
      throw new UsageError('missing-operand', { operand: operand.name }, { path })
    }
  })
  return values
}

/** The choices of an operand that a word names: one in full, or all that begin with it. */
export function choicesMeant({ choices = [] }: Pick<Operand, 'choices'>, word: string): readonly string[] {
  if (choices.includes(word)) return [word]
  return choices.filter((choice) => choice.toLowerCase().startsWith(word.toLowerCase()))
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
    if (kind === 'number' || kind === 'minutes' || kind === 'seconds')
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

function readNumber(option: string, value: string, kind: Option['kind'], path: string): number {
  if (kind === 'number') {
    if (!/^-?\d{1,9}(\.\d{1,3})?$/.test(value))
      throw new UsageError('not-a-number', { option, value }, { path })
    return Number(value)
  }
  const seconds = readDuration(value, kind === 'seconds' ? 's' : 'm')
  const count = seconds === null || kind === 'seconds' ? seconds : seconds / 60
  if (count === null || !Number.isInteger(count))
    throw new UsageError('not-a-time', { option, value }, { path })
  return count
}

/**
 * Gives an option that may stand without a value the one that it then means: `-f alpha` becomes `-f300 alpha`, because
 * the word after it is no value of its kind.
 */
function withImplied(argv: readonly string[], known: ReadonlyMap<string, Option>): string[] {
  const end = argv.indexOf('--')
  return argv.map((word, index) => {
    if (end !== -1 && index >= end) return word
    const option = [...known.values()].find(({ name, short }) => word === `--${name}` || word === `-${short}`)
    if (option?.implied === undefined) return word
    const next = argv[index + 1]
    return next !== undefined && readDuration(next, 's') !== null
      ? word
      : `--${option.name}=${option.implied}`
  })
}

function optionsByName(options: readonly Option[]): Map<string, Option> {
  return new Map(options.map((option) => [option.name, option]))
}
