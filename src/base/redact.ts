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

/**
 * Shapes of secrets. Every pattern starts at a place that is rare in a long run of one character and has bounded parts,
 * so that the time stays linear. A named group `keep` is what stays in front of the mask.
 */
const SHAPES: readonly RegExp[] = [
  // PEM, also when the end is cut off or line feeds are escaped
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]{0,40}PRIVATE KEY-----|$)/g,
  // user:password@ in a URL
  /(?<keep>\b[a-z][a-z0-9+.-]{0,20}:\/\/[^\s/@:"']{0,128}:)[^\s/@"']{1,512}(?=@)/gi,
  // Authorization and its schemes
  /(?<keep>\b(?:Bearer|Basic)[ \t]{1,8})(?=[^\s"']{0,200}[\d+/=_.-])[A-Za-z0-9._~+/=-]{8,4096}/gi,
  // JSON Web Tokens
  /(?<![\w-])eyJ[\w-]{6,4096}\.[\w-]{6,8192}\.[\w-]{0,2048}/g,
  // Discord bot tokens and webhook addresses, Telegram bot tokens
  /(?<![\w-])[MNO][\w-]{22,28}\.[\w-]{6,7}\.[\w-]{27,64}(?![\w-])/g,
  /(?<keep>\/api\/(?:v\d{1,2}\/)?webhooks\/\d{15,22}\/)[\w-]{20,128}/g,
  /(?<!\d)\d{8,10}:[\w-]{35}(?![\w-])/g,
  // API keys with a known prefix
  /(?<![A-Za-z0-9])(?:sk|pk|rk)-[\w-]{16,512}/g,
  /(?<![A-Za-z0-9])xox[a-z]-[\w-]{10,512}/g,
  /(?<![A-Za-z0-9])xapp-[\w-]{10,512}/g,
  /(?<![A-Za-z0-9])(?:gh[pousr]_\w{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,255}|npm_\w{30,64}|hf_\w{20,64})/g,
  /(?<![A-Za-z0-9])(?:AKIA|ASIA)[0-9A-Z]{16}(?![A-Za-z0-9])/g,
  /(?<![A-Za-z0-9])AIza[\w-]{35}/g,
  // --token value, --auth-token=value
  /(?<keep>(?:^|[\s"'`=(,[])--(?:[a-z0-9]{1,20}-){0,4}(?:token|password|passphrase|secret|api-?key|credential)(?:=|["']?,?[ \t]{1,8}))(?!-)(?:"[^"\n]{1,4096}"|'[^'\n]{1,4096}'|[^\s"',)\]]{1,4096})/gi,
  // "token": "value", also inside a string that is JSON itself; an empty value is no secret
  /(?<keep>(?:token|password|passwd|passphrase|secret|api[_-]?key|private[_-]?key|credential|authorization)\\{0,3}["'][ \t]{0,8}:[ \t]{0,8}\\{0,3}["'])(?!\*\*\*)[^"'\\\n]{1,8192}/gi,
  // password=value, PASSWORD: value
  /(?<keep>(?:password|passwd|passphrase|secret)["']?[ \t]{0,8}[=:][ \t]{0,8})(?!\*\*\*|null\b|true\b|false\b|undefined\b|\\?["'])[^\s"',;&)}\]\\]{1,4096}/gi,
  // token=value; after a colon only what cannot be a word of a sentence ("token: expired")
  /(?<keep>(?:token|api[_-]?key|private[_-]?key|credential)["']?=)(?!\*\*\*|null\b|true\b|false\b|undefined\b|\\?["'])[^\s"',;&)}\]\\]{1,4096}/gi,
  /(?<keep>(?:token|api[_-]?key|private[_-]?key|credential)["']?[ \t]{0,8}:[ \t]{1,8})(?=[^\s"',;&)}\]\\]{0,200}\d)[^\s"',;&)}\]\\]{6,4096}/gi,
  /(?<keep>(?:token|password|passwd|passphrase|secret|api[_-]?key)=\\{0,3}(?<quote>["']))(?!\*\*\*)[^"'\\\n]{1,4096}/gi,
]

/** Shorter values appear in ordinary text by chance. */
const SHORTEST_SECRET = 6

/** Replaces what looks like a secret: tokens, API keys, passwords, private keys. Time is linear in the length. */
export function redact(text: string): Redacted {
  let count = 0
  let result = text
  for (const shape of SHAPES) {
    result = result.replace(shape, (match: string, ...rest) => {
      const groups: unknown = rest.at(-1)
      const keep =
        typeof groups === 'object' && groups !== null && 'keep' in groups ? String(groups.keep) : ''
      if (match.slice(keep.length) !== MASK) count++
      return `${keep}${MASK}`
    })
  }
  return { text: result, count }
}

/** A node's token is rotated now and then; the last ones may still stand in its log. */
const MOST_LEARNED = 4
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
  const learned = new Map<string, readonly string[]>()
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
