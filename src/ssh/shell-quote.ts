/**
 * A command line that only the `sh` template of src/ssh/shell-quote.ts can make: every value in it is quoted.
 * `String(command)` is the masked form, safe to log.
 */
export interface ShellCommand {
  readonly shellText: string
  toString(): string
}

const MASK = '***'

/** A value that must not be seen: quoted like any other for the shell, `***` in logs. */
export interface SecretValue {
  readonly reveal: () => string
  toString(): string
}

/** What may stand in a {@link sh} template. Arrays become one word per item; a command is inserted as it is. */
export type ShellValue = string | number | readonly (string | number)[] | SecretValue | ShellCommand

/** Marks a value so that neither `String(command)` nor JSON shows it. */
export function secret(value: string): SecretValue {
  return { reveal: () => value, toString: () => MASK }
}

/**
 * Builds a command line for a POSIX shell in which every value is one quoted word:
 *
 *     sh`systemctl --user show ${unit} -p ${properties}`
 *
 * The parts between the values are program text and are taken raw (a backslash stays a backslash). A value must not
 * stand inside quotes of the template. `String(command)` is the masked form, safe to log.
 *
 * @throws TypeError for NUL, which no argument can carry, and for numbers that are not finite
 */
export function sh(strings: TemplateStringsArray, ...values: readonly ShellValue[]): ShellCommand {
  let shellText = ''
  let shown = ''
  strings.raw.forEach((part, index) => {
    const text = part.replaceAll('\\${', '${').replaceAll('\\`', '`')
    shellText += text
    shown += text
    const value = values[index]
    if (value === undefined) return
    shellText += renderValue(value)
    shown += isSecret(value) ? MASK : isCommand(value) ? value.toString() : renderValue(value)
  })
  return Object.freeze({ shellText, toString: () => shown, toJSON: () => shown })
}

/** One word for a POSIX shell. @throws TypeError for NUL */
export function quoteWord(value: string): string {
  if (value.includes('\0')) throw new TypeError('a shell word cannot hold NUL')
  if (/^[A-Za-z0-9_/.:@%+=,-]+$/.test(value)) return value
  return `'${value.replaceAll("'", "'\\''")}'`
}

function renderValue(value: ShellValue): string {
  if (typeof value === 'string') return quoteWord(value)
  if (typeof value === 'number') return quoteNumber(value)
  if (isSecret(value)) return quoteWord(value.reveal())
  if (isCommand(value)) return value.shellText
  return value.map((item) => (typeof item === 'number' ? quoteNumber(item) : quoteWord(item))).join(' ')
}

function quoteNumber(value: number): string {
  if (!Number.isFinite(value)) throw new TypeError('a shell word cannot be a number that is not finite')
  return String(value)
}

function isSecret(value: ShellValue): value is SecretValue {
  return typeof value === 'object' && 'reveal' in value
}

function isCommand(value: ShellValue): value is ShellCommand {
  return typeof value === 'object' && 'shellText' in value
}
