import { Latest } from './latest.ts'
import { namedSecrets } from './named-secrets.ts'
import { PRIVATE_KEYS, SHAPES } from './secret-shapes.ts'

const MASK = '***'

/** Text without secrets, and how many were replaced. */
export interface Redacted {
  text: string
  count: number
}

/** Replaces secrets: everything that looks like one, and the exact values it was told. */
export interface Redactor {
  /**
   * @param owner the node that the text is about: of what was learned, only its secrets are replaced then
   */
  redact(text: string, owner?: string): Redacted
  /**
   * Adds a secret of a node that was learned later, for example a gateway's token. A node may have few and short ones, the
   * latest stay. Each is replaced as a whole word only: whoever chooses a token must not choose what ocm can say.
   */
  learn(owner: string, secret: string): void
}

/** Shorter values appear in ordinary text by chance. */
const SHORTEST_SECRET = 6

/** Replaces what looks like a secret: tokens, API keys, passwords, private keys. Time is linear in the length. */
export function redact(text: string): Redacted {
  const keys = replaceShape(text, PRIVATE_KEYS)
  // Names come before shapes: a key that is a part of a longer value would leave the rest of it.
  const named = replaceSpans(keys.text)
  let { text: result } = named
  let count = keys.count + named.count
  for (const shape of SHAPES) {
    const replaced = replaceShape(result, shape)
    result = replaced.text
    count += replaced.count
  }
  return { text: result, count }
}

/** How much more is looked at than is shown: masks are shorter than what they hide. */
const LOOKED_AT = 4

/**
 * The beginning of a text without secrets, at most `most` characters. What comes far behind it is not looked at, so that
 * a long text of a node costs no more than a short one; a word that the look cut in two is never shown.
 */
export function redactedStart(
  text: string,
  most: number,
  clear: (piece: string) => string = (piece) => redact(piece).text,
): string {
  const piece = text.slice(0, most * LOOKED_AT)
  const clean = clear(piece)
  const whole = piece.length === text.length ? clean : clean.replace(/\S+$/, '')
  return whole.slice(0, most)
}

function replaceShape(text: string, shape: RegExp): Redacted {
  let count = 0
  const result = text.replace(shape, (match: string, ...rest) => {
    const groups: unknown = rest.at(-1)
    const keep = typeof groups === 'object' && groups !== null && 'keep' in groups ? String(groups.keep) : ''
    if (match.slice(keep.length) !== MASK) count++
    return `${keep}${MASK}`
  })
  return { text: result, count }
}

function replaceSpans(text: string): Redacted {
  const spans = namedSecrets(text).sort((a, b) => a[0] - b[0])
  if (spans.length === 0) return { text, count: 0 }
  const parts: string[] = []
  let [at, count] = [0, 0]
  for (const [from, to] of spans) {
    if (from < at) continue
    parts.push(text.slice(at, from), MASK)
    at = to
    count++
  }
  return { text: parts.join('') + text.slice(at), count }
}

/** A node's token is rotated now and then; the last ones may still stand in its log. */
const MOST_LEARNED = 4
/** Of more, the one of which nothing was learned for longest is forgotten. */
const MOST_OWNERS = 20_000
const LONGEST_LEARNED = 1024
/** A word such as `refused` or `restart-node`: hiding it would hide what ocm says, and no generated token looks so. */
const PLAIN_WORDS = /^(?=.{1,19}$)[a-z]+(?:-[a-z]+)*$/

/**
 * A redactor that also knows exact values, such as the bot's own token.
 * @param options.isOwnWord what ocm itself says and nobody can know beforehand, such as ids of nodes: never replaced for a learned secret
 */
export function createRedactor(
  secrets: readonly string[] = [],
  options: { isOwnWord?: (word: string) => boolean } = {},
): Redactor {
  const { isOwnWord = () => false } = options
  const fixed = spellings(secrets.filter((secret) => secret.length >= SHORTEST_SECRET))
  const learned = new Latest<string, readonly string[]>(MOST_OWNERS)
  return {
    learn(owner, secret) {
      if (secret.length < SHORTEST_SECRET || secret.length > LONGEST_LEARNED) return
      if (PLAIN_WORDS.test(secret)) return
      const others = (learned.get(owner) ?? []).filter((known) => known !== secret)
      learned.set(owner, [secret, ...others].slice(0, MOST_LEARNED))
    },
    redact(text, owner) {
      let count = 0
      let result = text
      // A fleet has a token for every node, and most texts are shorter than any of them.
      for (const secret of fixed) {
        if (secret.length > result.length || !result.includes(secret)) continue
        const parts = result.split(secret)
        count += parts.length - 1
        result = parts.join(MASK)
      }
      const lists = owner === undefined ? [...learned.values()] : [learned.get(owner) ?? []]
      for (const secret of lists.flat()) {
        if (secret.length > result.length || isOwnWord(secret)) continue
        for (const spelling of spellings([secret])) {
          const replaced = replaceWord(result, spelling)
          result = replaced.text
          count += replaced.count
        }
      }
      const shaped = redact(result)
      return { text: shaped.text, count: count + shaped.count }
    },
  }
}

/** Secrets as they stand in plain text, in JSON and in addresses, longest first. */
function spellings(secrets: readonly string[]): string[] {
  const all = secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1), encoded(secret)])
  return [...new Set(all)].sort((a, b) => b.length - a.length)
}

/** Half of a character cannot be part of an address. */
function encoded(secret: string): string {
  try {
    return encodeURIComponent(secret)
  } catch {
    return secret
  }
}

const WORD = /[\w-]/

/** Replaces a secret where it is no part of a longer word. */
function replaceWord(text: string, secret: string): Redacted {
  let count = 0
  let result = ''
  let from = 0
  for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1)) {
    const [before, after] = [text[at - 1] ?? ' ', text[at + secret.length] ?? ' ']
    if (at < from || WORD.test(before) || WORD.test(after)) continue
    result += text.slice(from, at) + MASK
    from = at + secret.length
    count++
  }
  return { text: result + text.slice(from), count }
}
