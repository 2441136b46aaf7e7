import { resolveIds } from './interaction-payload.ts'
import { asNumber, asRecord, asRecords, asText, type Json } from './json.ts'
import { ComponentType, SELECT_TYPES } from './rules/walk.ts'
import type { World } from './world.ts'

type Values = Record<string, string | string[] | boolean>

/**
 * The `data` of a filled modal, checked as the chat client checks before it sends.
 * @throws Error for a required field left empty, a text too short or long, or a choice that is not there.
 */
export function modalData(world: World, modal: Json, values: Values): Json {
  const ids: string[] = []
  let next = 0
  const number = (component: Json): Json => {
    next += 1
    return { type: component.type, id: asNumber(component.id) ?? next }
  }
  const fill = (field: Json): Json => {
    const filled = { ...number(field), custom_id: field.custom_id, ...answerOf(field, values) }
    if (SELECT_TYPES.includes(Number(field.type)) && field.type !== ComponentType.stringSelect)
      ids.push(...((filled as Json).values as string[]))
    return filled
  }
  const components = asRecords(modal.components).map((component) => {
    const base = number(component)
    const inner = asRecord(component.component)
    if (inner !== undefined) return { ...base, component: fill(inner) }
    if (component.type === ComponentType.actionRow)
      return { ...base, components: asRecords(component.components).map(fill) }
    return base
  })
  const data: Json = { custom_id: modal.custom_id, components }
  return ids.length === 0 ? data : { ...data, resolved: resolveIds(world, ids) }
}

function answerOf(field: Json, values: Values): Json {
  const name = asText(field.custom_id) ?? ''
  const value = values[name]
  switch (field.type) {
    case ComponentType.textInput:
      return { value: textOf(field, name, value) }
    case ComponentType.checkbox:
      return { value: value === true || (value === undefined && field.default === true) }
    case ComponentType.radioGroup:
      return { value: chosen(field, name, value)[0] ?? null }
    default:
      return { values: chosen(field, name, value) }
  }
}

function textOf(field: Json, name: string, value: Values[string] | undefined): string {
  const text = typeof value === 'string' ? value : (asText(field.value) ?? '')
  if (text === '' && field.required === false) return text
  const min = Math.max(asNumber(field.min_length) ?? 0, field.required === false ? 0 : 1)
  const max = asNumber(field.max_length) ?? 4000
  if (text.length < min || text.length > max) throw new Error(`${name} has ${min} to ${max} characters`)
  return text
}

function chosen(field: Json, name: string, value: Values[string] | undefined): string[] {
  const options = asRecords(field.options)
  const preset = options.filter((option) => option.default === true).map((option) => String(option.value))
  const list = value === undefined ? preset : Array.isArray(value) ? value : [String(value)]
  const unknown =
    options.length > 0 ? list.find((one) => !options.some((option) => option.value === one)) : undefined
  if (unknown !== undefined) throw new Error(`${unknown} is not a choice of ${name}`)
  const [min, max] = countRange(field, options.length)
  if (list.length < min || list.length > max) throw new Error(`${name} takes ${min} to ${max} choices`)
  return list
}

function countRange(field: Json, options: number): [number, number] {
  const isOptional = field.required === false
  if (field.type === ComponentType.radioGroup) return [isOptional ? 0 : 1, 1]
  const manyByDefault = field.type === ComponentType.checkboxGroup ? options : 1
  const min = asNumber(field.min_values) ?? 1
  return [isOptional ? 0 : min, asNumber(field.max_values) ?? manyByDefault]
}
