/**
 * What a name in front of a value says about it: `password` takes any value for a secret, `token` any but a word of a
 * sentence, `header` is an Authorization header, `cookie` one with cookies, `address` a part of a web address that only a
 * long random value makes a secret.
 */
export type SecretName = 'password' | 'token' | 'header' | 'cookie' | 'address'

const PASSWORDS = /(?:password|passwd|passphrase|secret|mnemonic|pgpass)$/
const TOKENS = /(?:token|apikey|accesskey|accountkey|secretkey|privatekey|sharedkey|credential|jwt)$/
/** What stands before `key` where the value opens something. A key of a session, a cache or a table opens nothing. */
const KEY_OWNERS =
  /(?:^| )(?:api|access|account|admin|app|auth|bot|client|consumer|deploy|encryption|goog|license|master|private|secret|service|shared|signing|storage|subscription|webhook)$/
const KEY_LABELS =
  /(?:^| )(?:cache|foreign|host|id|idempotency|index|lock|partition|primary|public|registry|routing|row|session|sort|storage|unique)$/

/** @returns what the name says, null where it says nothing: `totalTokens`, `sessionKey`, `tokenType`, `passwordFile` */
export function secretName(name: string): SecretName | null {
  const words = wordsOf(name)
  const last = words.at(-1) ?? ''
  const before = words.slice(0, -1).join(' ')
  if (last === 'authorization') return 'header'
  if (last === 'cookie') return 'cookie'
  if (PASSWORDS.test(last) || last === 'pwd') return 'password'
  if (last === 'pass' && before !== '') return 'password'
  if (TOKENS.test(last)) return 'token'
  if (last === 'key' && KEY_OWNERS.test(before)) return 'token'
  // OPENAI_KEY: in an environment a key is a secret, unless its owner says otherwise
  if (last === 'key' && before !== '' && /^[A-Z\d_]+$/.test(name) && !KEY_LABELS.test(before)) return 'token'
  if (last === 'auth' && (before !== '' || name.startsWith('_') || name === 'auth')) return 'address'
  if (last === 'pat' && name === name.toUpperCase()) return 'token'
  if (last === 'sig' || last === 'signature' || name === 'key' || name === 'pass') return 'address'
  return null
}

/** `AWS_SECRET_ACCESS_KEY`, `clientSecret` and `x-api-key-2` in lower-case words, without a number at the end. */
function wordsOf(name: string): string[] {
  return name
    .replace(/([a-z\d])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^a-z\d]+/)
    .map((word) => word.replace(/\d+$/, ''))
    .filter((word) => word !== '')
}

/** What stands where a value would and is none: an answer about the value, a type, a hidden value. */
const STATES =
  /^(?:\*{3,}|null|undefined|nil|none|true|false|yes|no|not|set|unset|empty|missing|required|optional|invalid|expired|mismatch|wrong|unknown|enabled|disabled|ok|is|are|was|has|must|does|cannot|string|number|boolean|object|token|password|secret|key|redacted|hidden|masked|<[\w -]{1,40}>|\[[\w -]{1,40}\]?|\(\w{1,20}\)?)\.?$/i
/** `$TOKEN`, `${TOKEN}`, `%TOKEN%`, `{{ token }}`: where a value comes from, and not what it is. */
const REFERENCES =
  /^(?:\$[A-Z_][A-Z\d_]{0,63}$|\$\{[\w.:-]{1,80}(?:\}|$)|%\w{1,63}%|\{\{|\$\(|process\.env\.\w+)/
const PATHS =
  /^(?:~\/|\.{1,2}\/|[A-Za-z]:\\|\/(?:home|root|etc|usr|var|opt|run|tmp|mnt|srv|data|app|proc|dev|Users|private|workspace|config)(?:\/|$))/

/** @returns whether a value is none that has to be hidden: a state, a reference, a path */
export function isHarmless(value: string): boolean {
  return value === '' || STATES.test(value) || REFERENCES.test(value) || PATHS.test(value)
}

/** @returns whether a text is too random for a word of a sentence */
export function looksRandom(value: string): boolean {
  if (value.length < 6 || value.startsWith('agent:')) return false
  if (/^[a-z]+(?:[-_.][a-z]+)*$/.test(value)) return value.length >= 32 && !/[-_.]/.test(value)
  if (/\d/.test(value)) return true
  return value.length >= 20 || (value.length >= 12 && /[a-z]/.test(value) && /.[A-Z]/.test(value))
}
