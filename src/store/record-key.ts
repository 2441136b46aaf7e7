/** What SQLite cannot hold in a text, and the character that marks it here. */
const UNSTORABLE = /[\p{Cc}\uE000]|\p{Surrogate}/gu
const STORED = /\uE000([0-9a-f]{4})/g

/**
 * A key as it is stored. Keys come from outside and may hold anything; a zero character would end the text early and
 * half a surrogate pair would become a replacement character, so that two keys became one.
 */
export function storedKey(key: string): string {
  return key.replace(UNSTORABLE, (unit) => `\uE000${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** The reverse of {@link storedKey}. */
export function originalKey(stored: string): string {
  return stored.replace(STORED, (_mark, code: string) => String.fromCharCode(Number.parseInt(code, 16)))
}
