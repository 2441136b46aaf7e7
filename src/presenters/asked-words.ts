import { isTextKey } from '../text/translate.ts'
import type { Ink } from './ink.ts'
import { aside, fact, type Line, lines } from './told.ts'

const MINUTE_MS = 60_000
const LONGEST = 120
const LONGEST_NAME = 40
const MOST_FIELDS = 12
/** Said by the sentence itself, by what stands around it, or by nothing that a reader needs. */
const UNSAID = ['node', 'confirm', 'locale', 'language', 'maxBytes', 'encrypted']

/** What somebody asked for, as a request or the audit keeps it: its input may be that of another ocm. */
export interface Asked {
  operation: string
  nodeId: string | null
  input: Readonly<Record<string, unknown>>
}

/** An operation by its name in words; as it came where it has none. */
export function operationName(operation: string, ink: Ink, max?: number): string {
  if (operation === 'every-change') return ink.t('approval.every-change')
  const key = `operation.${operation}`
  return isTextKey(key) ? ink.coded(key as never) : ink.code(operation, max)
}

/** What was asked for: its sentence, or the operation and its node. */
export function askedText(asked: Asked, ink: Ink): string {
  const { operation, nodeId } = asked
  const said = sentenceOf(asked, ink)?.text
  if (said !== undefined) return said
  const name = operationName(operation, ink, LONGEST)
  return nodeId === null ? name : `${name} ${ink.code(nodeId, LONGEST)}`
}

/**
 * The sentence of what has no plan to say what it would do; null where the name of the operation says enough, and where the
 * input did not fit.
 */
export function askedSentence(asked: Asked, ink: Ink): string | null {
  return sentenceOf(asked, ink)?.text ?? null
}

/** Everything else that was asked with. */
export function askedFacts(asked: Asked, ink: Ink): Line[] {
  return fieldsSaid(asked, ink).map(([name, value]) =>
    fact(labelOf(name, ink) ?? ink.remote(name, LONGEST_NAME), value),
  )
}

/**
 * The same in one line, for a list, which has room for what has a name in words.
 * @param but fields that are told elsewhere
 */
export function askedAside(asked: Asked, ink: Ink, but: readonly string[] = []): Line[] {
  const said = fieldsSaid(asked, ink, but).flatMap(([name, value]) => {
    const label = labelOf(name, ink)
    return label === null ? [] : [ink.t('asked.field', {}, { label, value })]
  })
  return lines(said.length > 0 && aside(said.join(' · ')))
}

/** Fields by their names in the input, with their values in words. */
function fieldsSaid(asked: Asked, ink: Ink, but: readonly string[] = []): [name: string, value: string][] {
  const unsaid = [...UNSAID, ...(sentenceOf(asked, ink)?.fields ?? []), ...but]
  return Object.entries(asked.input)
    .filter(([name]) => !unsaid.includes(name))
    .flatMap(([name, value]): [string, string][] => {
      const text = valueText(name, value, ink)
      return text === null ? [] : [[name, text]]
    })
    .slice(0, MOST_FIELDS)
}

/** What a field of an input is called; null where it has no name in words. */
function labelOf(name: string, ink: Ink): string | null {
  const key = `asked.field.${name}`
  return isTextKey(key) ? ink.coded(key as never) : null
}

/** Null where it says nothing: not given, or off. */
function valueText(name: string, value: unknown, ink: Ink): string | null {
  if (value === null || value === undefined || value === '' || value === false) return null
  if (value === true) return ink.t('word.yes')
  if (typeof value === 'string') return ink.code(value, LONGEST)
  if (typeof value === 'number') return name === 'minutes' ? minutesText(value, ink) : ink.code(String(value))
  if (!Array.isArray(value)) return ink.code(JSON.stringify(value), LONGEST)
  const each = value.map((one) => (typeof one === 'string' ? one : JSON.stringify(one)))
  return each.length === 0 ? null : ink.code(each.join(', '), LONGEST)
}

function minutesText(minutes: number, ink: Ink): string {
  return ink.duration(minutes * MINUTE_MS)
}

interface Sentence {
  text: string
  /** Of its input, what it says. */
  fields: readonly string[]
}

/** Null where the input did not fit: then there is none. */
type Sayer = (asked: Asked, field: Fields, ink: Ink) => Sentence | null

const SENTENCES: Readonly<Record<string, Sayer>> = {
  'set-approval-rule': approvalRule,
  'set-rule': threshold,
  'mute-alerts': mute,
  'set-maintenance': maintenance,
  'fleet-maintenance': maintenance,
  'set-board': ({ input: { on } }, _field, ink) =>
    typeof on === 'boolean'
      ? { text: ink.t(on ? 'asked.board.set' : 'asked.board.end'), fields: ['on'] }
      : null,
}

function sentenceOf(asked: Asked, ink: Ink): Sentence | null {
  const say = Object.hasOwn(SENTENCES, asked.operation) ? SENTENCES[asked.operation] : undefined
  return say?.(asked, fieldsOf(asked.input), ink) ?? null
}

function approvalRule(_asked: Asked, field: Fields, ink: Ink): Sentence | null {
  const [about, tag, minutes] = [field.text('operation'), field.text('tag'), field.number('minutes')]
  if (about === null) return null
  const what = operationName(about, ink, LONGEST)
  const marked = tag === null ? { what } : { what, tag: ink.code(tag, LONGEST) }
  const text =
    minutes === null
      ? ink.t('asked.approval-rule.end', {}, marked)
      : ink.t('asked.approval-rule.set', { minutes }, marked)
  return { text, fields: ['operation', 'tag', 'minutes'] }
}

function threshold({ nodeId }: Asked, field: Fields, ink: Ink): Sentence | null {
  const [name, value] = [field.text('name'), field.number('value')]
  if (name === null) return null
  const key = `rule.${name}`
  const rule = isTextKey(key) ? ink.coded(key as never) : ink.code(name, LONGEST)
  const marked = { scope: scopeText(nodeId, field, ink), rule }
  const text =
    value === null ? ink.t('asked.rule.inherit', {}, marked) : ink.t('asked.rule.set', { value }, marked)
  return { text, fields: ['agent', 'tag', 'name', 'value'] }
}

function mute({ nodeId }: Asked, field: Fields, ink: Ink): Sentence | null {
  const minutes = field.number('minutes')
  if (minutes === null) return null
  const scope = scopeText(nodeId, field, ink)
  const text =
    minutes === 0
      ? ink.t('asked.mute.end', {}, { scope })
      : ink.t('asked.mute.set', {}, { scope, time: minutesText(minutes, ink) })
  return { text, fields: ['agent', 'tag', 'minutes'] }
}

function maintenance({ nodeId, input: { on } }: Asked, field: Fields, ink: Ink): Sentence | null {
  if (typeof on !== 'boolean') return null
  const node = nodeId === null ? {} : { node: ink.code(nodeId, LONGEST) }
  const minutes = field.number('minutes')
  const lasting = () =>
    minutes === null
      ? ink.t('asked.maintenance.open', {}, node)
      : ink.t('asked.maintenance.set', {}, { ...node, time: minutesText(minutes, ink) })
  return { text: on ? lasting() : ink.t('asked.maintenance.end', {}, node), fields: ['on', 'minutes'] }
}

/** What a threshold or a mute is for. */
function scopeText(nodeId: string | null, field: Fields, ink: Ink): string {
  const [agent, tag] = [field.text('agent'), field.text('tag')]
  if (nodeId === null)
    return tag === null ? ink.t('rules.fleet') : ink.t('asked.tag', {}, { tag: ink.code(tag, LONGEST) })
  const node = ink.code(nodeId, LONGEST)
  return agent === null ? node : `${node} · ${ink.code(agent, LONGEST)}`
}

type Fields = ReturnType<typeof fieldsOf>

function fieldsOf(input: Asked['input']) {
  return {
    text(name: string): string | null {
      const value = input[name]
      return typeof value === 'string' && value !== '' ? value : null
    },
    number(name: string): number | null {
      const value = input[name]
      return typeof value === 'number' ? value : null
    },
  }
}
