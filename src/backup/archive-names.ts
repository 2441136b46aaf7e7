import { OperatorError } from '../base/errors.ts'

/** Why an archive is not taken. A node that sends one of these is broken or hostile. */
export type ArchiveProblem =
  | 'malformed'
  | 'cut-off'
  | 'bad-name'
  | 'absolute-path'
  | 'climbs-out'
  | 'outside'
  | 'through-link'
  | 'duplicate'
  | 'hard-link'
  | 'special-file'
  | 'unknown-type'
  | 'sparse'
  | 'bad-size'
  | 'too-large'
  | 'too-many-entries'
  | 'name-too-long'
  | 'not-as-told'

const LONGEST_NAME = 4_096
const DEEPEST = 128
/** A name that begins or ends with a slash, or has a part that is empty or made of dots alone. */
const TO_LOOK_AT = /(?:^|\/)\.{0,2}(?:\/|$)/

/** An archive that is not taken: `why` is one of {@link ArchiveProblem}; the entry is the node's text. */
export function refused(why: ArchiveProblem, entry?: string, cause?: unknown): OperatorError {
  return new OperatorError(
    'archive-refused',
    { why },
    {
      ...(cause === undefined ? {} : { cause }),
      ...(entry === undefined ? {} : { detail: JSON.stringify(entry.slice(0, 300)) }),
    },
  )
}

/** Keeps account of the names in one archive, and refuses those that could be written elsewhere than they say. */
export class ArchiveNames {
  readonly #roots: readonly string[]
  readonly #within: readonly string[]
  /** `path`: a folder that has only been passed through. */
  readonly #kinds = new Map<string, 'file' | 'folder' | 'link' | 'path'>()

  /** @param roots absolute folders and files; everything has to lie in one of them */
  constructor(roots: readonly string[]) {
    this.#roots = roots.map((root) => root.replace(/^\/+|\/+$/g, ''))
    this.#within = this.#roots.map((root) => `${root}/`)
  }

  /**
   * The name of an entry in its one form, relative to `/`.
   * @throws OperatorError archive-refused {why}
   */
  admit(given: string, kind: 'file' | 'folder' | 'link'): string {
    const path = plainName(given, kind)
    if (!this.isInside(path)) throw refused('outside', given)
    this.#passThrough(path, given)
    const known = this.#kinds.get(path)
    if (known !== undefined && !(known === 'path' && kind === 'folder')) throw refused('duplicate', given)
    this.#kinds.set(path, kind)
    return path
  }

  /** Whether a path, relative to `/`, lies in what was backed up. */
  isInside(path: string): boolean {
    return this.#within.some((root) => path.startsWith(root)) || this.#roots.includes(path)
  }

  #passThrough(path: string, given: string): void {
    for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
      const folder = path.slice(0, at)
      const kind = this.#kinds.get(folder)
      if (kind === 'folder' || kind === 'path') return
      if (kind !== undefined) throw refused('through-link', given)
      this.#kinds.set(folder, 'path')
    }
  }
}

function plainName(given: string, kind: 'file' | 'folder' | 'link'): string {
  if (given.includes('\0') || given === '') throw refused('bad-name', given)
  if (given.length > LONGEST_NAME) throw refused('name-too-long', given)
  if (given.startsWith('/')) throw refused('absolute-path', given)
  // Most names. What is so short cannot be too deep.
  if (given.length <= DEEPEST && !TO_LOOK_AT.test(given)) return given
  const path = given.replace(/^(?:\.\/)+/, '')
  const segments = (kind === 'folder' ? path.replace(/\/$/, '') : path).split('/')
  if (segments.includes('..')) throw refused('climbs-out', given)
  if (segments.includes('') || segments.includes('.')) throw refused('bad-name', given)
  if (segments.length > DEEPEST) throw refused('name-too-long', given)
  return segments.join('/')
}

/** Whether a link at `path` points out of what was backed up. Both are relative to `/`. */
export function pointsOutside(path: string, target: string, names: ArchiveNames): boolean {
  const segments = target.startsWith('/') ? [] : path.split('/').slice(0, -1)
  for (const part of target.split('/')) {
    if (part === '..') segments.pop()
    else if (part !== '' && part !== '.') segments.push(part)
  }
  return !names.isInside(segments.join('/'))
}
