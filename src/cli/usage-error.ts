/** How a command line can be wrong; each has its text, `cli.usage.<code>`. */
export type UsageCode =
  | 'unknown-command'
  | 'unknown-option'
  | 'missing-command'
  | 'missing-operand'
  | 'missing-option'
  | 'extra-operand'
  | 'missing-value'
  | 'needless-value'
  | 'not-a-number'
  | 'not-a-time'
  | 'not-a-choice'

/** The command line itself is wrong: nothing was begun. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
  readonly code: UsageCode
  readonly params: Readonly<Record<string, string>>
  /** What was probably meant. */
  readonly suggestion: string | null
  /** The command that was recognised, for example `node list` or `node`; empty for none. */
  readonly path: string

  constructor(
    code: UsageCode,
    params: Readonly<Record<string, string>>,
    options: { suggestion?: string | null; path?: string } = {},
  ) {
    super(`${code} ${Object.values(params).join(' ')}`.trim())
    this.code = code
    this.params = params
    this.suggestion = options.suggestion ?? null
    this.path = options.path ?? ''
  }
}
