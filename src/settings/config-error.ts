import { type ErrorParams, OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'

/**
 * How a setting can be wrong or doubtful. Each has its texts, `setting.<code>` and `setting.<code>.next`, with the
 * parameters of the problem.
 */
export type ConfigProblemCode =
  | 'token-unset'
  | 'guild-unset'
  | 'channel-unset'
  | 'not-a-token'
  | 'not-a-client-secret'
  | 'not-an-id'
  | 'not-an-address'
  | 'not-a-file-or-address'
  | 'not-a-registry'
  | 'not-a-span'
  | 'not-a-time'
  | 'not-a-listen-address'
  | 'not-a-host-name'
  | 'http-open'
  | 'metrics-open'
  | 'not-a-node'
  | 'log-in-without-page'
  | 'not-a-recipient'
  | 'not-a-bucket'
  | 'not-a-prefix'
  | 'not-a-region'
  | 'not-a-key'
  | 'offsite-key-unset'
  | 'offsite-plain'
  | 'not-a-retention'
  | 'not-a-number'
  | 'out-of-range'
  | 'not-a-choice'
  | 'grant-unreadable'
  | 'not-people'
  | 'not-tag-keys'
  | 'file-unreadable'
  | 'unknown-name'
  | 'nobody-allowed'
  | 'no-admin'
  | 'no-key'
  | 'not-a-zone'
  | 'address-with-login'
  | 'env-file-missing'
  | 'env-file-foreign'
  | 'env-file-open'
  | 'not-a-folder'
  | 'folder-not-writable'
  | 'disk-full'
  | 'quota-used-up'
  | 'file-mounted'
  | 'key-unusable'

/** One thing that is wrong or doubtful about the settings; never with the value, which may be a secret. */
export interface ConfigProblem {
  /** The setting, or the file of settings, or the option that names it. */
  name: string
  code: ConfigProblemCode
  params: ErrorParams
}

/** Every problem of the settings at once; `detail` is the list by codes, for a log. */
export class ConfigError extends OperatorError {
  readonly problems: readonly ConfigProblem[]
  /** What is doubtful besides. */
  readonly warnings: readonly ConfigProblem[]
  /** The language that the settings ask for; English when that one is wrong too. */
  readonly locale: Locale

  constructor(problems: readonly ConfigProblem[], locale: Locale, warnings: readonly ConfigProblem[] = []) {
    const lines = problems.map(({ name, code }) => `${name}: ${code}`)
    super('config-invalid', { count: problems.length }, { detail: lines.join('\n') })
    this.problems = problems
    this.locale = locale
    this.warnings = warnings
  }
}
