import { asNumber, asRecord, type Json } from './json.ts'
import { ComponentType, walkComponents } from './rules/walk.ts'

/**
 * Gives every component its numeric `id`: the one it asks for, or the next free number in reading order, as Discord does.
 * A File component also gets its file's name and size on itself.
 */
export function numberComponents(components: unknown[]): unknown[] {
  const copy = structuredClone(components)
  const all = [...walkComponents(copy)].map((placed) => placed.component)
  const taken = new Set(all.map((one) => asNumber(one.id) ?? 0))
  let next = 1
  for (const component of all) {
    if (!component.id) {
      while (taken.has(next)) next += 1
      component.id = next
      taken.add(next)
    }
    if (component.type === ComponentType.file) Object.assign(component, fileFacts(component))
  }
  return copy
}

function fileFacts(component: Json): Json {
  const file = asRecord(component.file)
  return { name: file?.name ?? null, size: file?.size ?? null }
}

/** The component of a message that answers to a custom_id. */
export function findComponent(components: unknown, customId: string): Json | undefined {
  for (const { component } of walkComponents(components)) {
    if (component.custom_id === customId) return component
  }
  return undefined
}
