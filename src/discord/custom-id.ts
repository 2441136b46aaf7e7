import { z } from 'zod'

/** Grows when the meaning of the parts changes; cards of other versions are answered with "this card is old". */
const VERSION = 'v1'
const MAX_LENGTH = 100
const SEPARATOR = '|'

const partsSchema = z
  .array(z.string())
  .min(3)
  .refine(([version]) => version === VERSION)
const wordSchema = z.string().regex(/^[a-z][a-z-]{0,31}$/)

/** What a button or a menu says when it is used. */
export interface CustomId {
  /** The command that owns it, for example `node-list`. */
  command: string
  action: string
  args: string[]
}

/**
 * Writes the id of a button or menu.
 * @throws RangeError when it would be longer than Discord allows: a mistake of the view, not of a person
 */
export function encodeCustomId(
  command: string,
  action: string,
  ...args: readonly (string | number)[]
): string {
  const id = [VERSION, command, action, ...args.map((arg) => escapePart(String(arg)))].join(SEPARATOR)
  if (id.length > MAX_LENGTH) throw new RangeError(`custom id of ${id.length} characters`)
  return id
}

/** Reads an id back; null when it is not ours or from another version. A press is user input: nothing is trusted. */
export function decodeCustomId(id: string): CustomId | null {
  if (id.length > MAX_LENGTH) return null
  const parts = partsSchema.safeParse(id.split(SEPARATOR))
  if (!parts.success) return null
  const [, command, action, ...args] = parts.data
  const words = z.tuple([wordSchema, wordSchema]).safeParse([command, action])
  if (!words.success) return null
  try {
    return { command: words.data[0], action: words.data[1], args: args.map(decodeURIComponent) }
  } catch {
    return null
  }
}

function escapePart(part: string): string {
  return part.replace(/[%|]/g, encodeURIComponent)
}
