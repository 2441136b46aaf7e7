const MASK = '***'

/** Text without secrets, and how many were replaced. */
export interface Redacted {
  text: string
  count: number
}

/** Replaces secrets: everything that looks like one, and the exact values it was told. */
export interface Redactor {
  redact(text: string): Redacted
  /** Adds a secret that was learned later, for example a gateway token. Values under 6 characters are too common. */
  add(secret: string): void
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

/** A redactor that also knows exact values, such as the bot's own token. */
export function createRedactor(secrets: readonly string[] = []): Redactor {
  const exact = new Set<string>()
  let longestFirst: readonly string[] = []
  const add = (secret: string) => {
    if (secret.length < SHORTEST_SECRET) return
    const known = exact.size
    exact.add(secret)
    exact.add(JSON.stringify(secret).slice(1, -1))
    exact.add(encodeURIComponent(secret))
    if (exact.size > known) longestFirst = [...exact].sort((a, b) => b.length - a.length)
  }
  for (const secret of secrets) add(secret)
  return {
    add,
    redact(text) {
      let count = 0
      let result = text
      // A fleet has a token for every node, and most texts are shorter than any of them.
      for (const secret of longestFirst) {
        if (secret.length > result.length || !result.includes(secret)) continue
        const parts = result.split(secret)
        count += parts.length - 1
        result = parts.join(MASK)
      }
      const shaped = redact(result)
      return { text: shaped.text, count: count + shaped.count }
    },
  }
}
