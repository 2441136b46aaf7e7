import type { PlainKey } from '../text/params.ts'
import { isPlainKey } from '../text/translate.ts'
import { type Command, GLOBAL_OPTIONS, type Operand, type Suggestion } from './command.ts'

/** Something that can stand at the cursor. */
export interface Candidate {
  word: string
  /** For shells that show one. */
  summary: string
}

/**
 * What is asked for at the cursor, made from the table of commands. `prefix` is what stands before the value in the
 * same word, as in `--state=`.
 */
export type Wanted = ({ kind: 'words'; words: Candidate[] } | { kind: Exclude<Suggestion, 'command'> }) & {
  prefix?: string
}

/**
 * What fits at the cursor.
 * @param words what is typed after `ocm`; the last one is being typed and may be empty
 */
export function wantedAt(
  words: readonly string[],
  commands: readonly Command[],
  summaryOf: (item: { summary: PlainKey }) => string,
): Wanted {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const end = before.indexOf('--')
  const isOption = (word: string, index: number) => word.startsWith('-') && (end === -1 || index < end)
  const plain = before.filter(
    (word, index) => index !== end && !isOption(word, index) && !takesValue(before[index - 1], commands),
  )
  const command = commands.find(({ path }) => path === plain.slice(0, path.split(' ').length).join(' '))
  const options = [...(command?.options ?? []), ...GLOBAL_OPTIONS]
  const valued = (name: string | undefined) =>
    options.find((option) => `--${option.name}` === name && option.kind !== 'flag')
  const matching = (found: Candidate[]): Wanted => ({
    kind: 'words',
    words: found.filter(({ word }) => word.startsWith(typed)),
  })
  if (end === -1) {
    const awaited = valued(before.at(-1))
    if (awaited) return valuesOf(awaited)
    const [, inline] = /^(--[^=]+)=/.exec(typed) ?? []
    const named = valued(inline)
    if (named) return { ...valuesOf(named), prefix: `${inline}=` }
    const given = new Set(before.map((word) => word.split('=', 1)[0]))
    const free = options.filter(
      ({ name, short, kind }) => kind === 'list' || !(given.has(`--${name}`) || given.has(`-${short}`)),
    )
    if (typed.startsWith('-'))
      return matching(free.map((option) => ({ word: `--${option.name}`, summary: summaryOf(option) })))
  }
  if (!command) return matching(commandWords(plain, commands, summaryOf))
  const given = plain.slice(command.path.split(' ').length)
  const operand = command.operands?.[given.length]
  if (operand?.suggest === 'command') return matching(commandWords(given, commands, summaryOf))
  return operand ? valuesOf(operand) : { kind: 'words', words: [] }
}

function takesValue(word: string | undefined, commands: readonly Command[]): boolean {
  const options = [...GLOBAL_OPTIONS, ...commands.flatMap(({ options: own = [] }) => own)]
  return options.some(({ name, kind }) => kind !== 'flag' && `--${name}` === word)
}

function commandWords(
  typed: readonly string[],
  commands: readonly Command[],
  summaryOf: (item: { summary: PlainKey }) => string,
): Candidate[] {
  const found = new Map<string, string>()
  for (const command of commands) {
    const words = command.path.split(' ')
    const word = words[typed.length]
    if (word === undefined || !typed.every((part, index) => part === words[index])) continue
    const group = `cli.group.${words[0]}`
    const whole = words.length === typed.length + 1
    found.set(word, whole ? summaryOf(command) : isPlainKey(group) ? summaryOf({ summary: group }) : '')
  }
  return [...found].map(([word, summary]) => ({ word, summary }))
}

function valuesOf({ choices, suggest }: Pick<Operand, 'choices' | 'suggest'>): Wanted {
  if (choices) return { kind: 'words', words: choices.map((word) => ({ word, summary: '' })) }
  return suggest && suggest !== 'command' ? { kind: suggest } : { kind: 'words', words: [] }
}
