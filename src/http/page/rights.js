/** What a reader may press of what there is. */
import { OPERATIONS } from './operations.js'

/** Whether it is done to a node in this state of its record. */
export function suits(name, isRetired) {
  const { retired } = OPERATIONS[name]
  return isRetired ? retired !== undefined : retired !== 'only'
}

const LEVELS = ['viewer', 'operator', 'admin']

/**
 * Whether a reader may press it; the server decides again.
 * @param {{grants: readonly {level: string, tags: readonly string[] | null}[], operations?: readonly string[] | null}} me
 * @param {string} name of the operation
 * @param {{tags: readonly string[]} | null} node null for what has none
 */
export function may(me, name, node) {
  return mayAt(me, name, OPERATIONS[name].access, node)
}

/**
 * The same of an operation that nobody starts by hand.
 * @param {'viewer' | 'operator' | 'admin'} access
 */
export function mayAt(me, name, access, node) {
  if (me.operations && !me.operations.includes(name)) return false
  const needed = LEVELS.indexOf(access)
  return me.grants.some(
    ({ level, tags }) =>
      LEVELS.indexOf(level) >= needed &&
      (tags === null || node === null || tags.some((tag) => node.tags.includes(tag))),
  )
}
