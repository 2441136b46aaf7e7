import { isAscii } from 'node:buffer'
import { promisify } from 'node:util'
import { gunzip } from 'node:zlib'
import { Turns } from '../../base/turns.ts'

/** A mark as the node makes it: so many bytes, here in base64. */
const MARK = /^[A-Za-z0-9+/]{16}$/
/** What the names of a hundred thousand files take, generously. */
const LARGEST_TEXT = 64 * 1024 ** 2

/** A file of a node, as its backup tells it before the archive comes. The path is untrusted. */
export interface MarkedFile {
  /** Relative to `/`. */
  path: string
  /** Says nothing by itself; another one than before means that the file was touched. */
  mark: string
  /** Whether its mark was among those that were given: it is not in the archive. */
  same: boolean
}

/** Files of an earlier backup, by their marks. */
export type KnownFiles = ReadonlyMap<string, { path: string; mark?: string | undefined }>

/**
 * Reads the marks of files, in the order of the archive. Names that are no UTF-8 are left out.
 * @param earlier those whose marks the node was given: what is the same is held once
 * @throws where it is none
 */
export async function parseMarks(packed: Buffer, earlier: KnownFiles): Promise<MarkedFile[]> {
  const bytes = await promisify(gunzip)(packed, { maxOutputLength: LARGEST_TEXT })
  const text = bytes.toString('latin1')
  // To decode each name by itself takes five times as long.
  const isPlain = isAscii(bytes)
  const found: MarkedFile[] = []
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const turns = new Turns()
  for (let from = 0; from < text.length; ) {
    if (turns.isDue()) await turns.give()
    const at = text.indexOf('\0', from)
    const end = at === -1 ? text.length : at
    const [begin, name] = [from, from + 17]
    from = end + 1
    const [kind, mark] = [text[begin], text.slice(begin + 1, Math.min(name, end))]
    if ((kind !== '=' && kind !== '+') || !MARK.test(mark)) throw new Error('not a list of marks')
    try {
      const path = isPlain ? text.slice(name, end) : utf8.decode(bytes.subarray(name, end))
      const known = kind === '=' ? earlier.get(mark) : undefined
      // What was cut out of the text keeps all of it in memory.
      if (known?.path === path) found.push({ path: known.path, mark: known.mark ?? mark, same: true })
      else found.push({ path, mark, same: kind === '=' })
    } catch {
      if (kind === '=') throw new Error('the same as a file that no backup holds')
    }
  }
  return found
}

/** Marks as the node takes them. */
export function packMarks(marks: Iterable<string>): Uint8Array {
  // Each is so many whole bytes: together they are one text.
  return Buffer.from([...marks].join(''), 'base64')
}
