import { OperatorError } from '../base/errors.ts'
import { EXIT_CODES } from '../presenters/ending.ts'
import { type Envelope, SCHEMA } from '../presenters/envelope.ts'
import type { Ink } from '../presenters/ink.ts'
import { settingLine } from '../presenters/setting-line.ts'
import { inTypedWords, placeOfField } from '../presenters/typed-field.ts'
import { ConfigError } from '../settings/config-error.ts'
import { LockBusy } from '../state/file-lock.ts'
import type { CodedKey } from '../text/params.ts'
import { toPlainText } from '../text/plain-text.ts'
import { isTextKey } from '../text/translate.ts'
import type { Command } from './command.ts'
import { endingOf } from './exit-code.ts'
import { UsageError } from './usage-error.ts'

const LONGEST_DETAIL = 4_000

/** An error in words. */
export interface Said {
  message: string
  next: string | null
  detail: string | null
}

/**
 * What went wrong and what to do next, in the language of the ink.
 * @param meant what a name that does not exist was probably meant to be
 */
export function explain(error: unknown, ink: Ink, meant: string | null = null): Said {
  if (error instanceof UsageError) return explainUsage(error, ink)
  if (error instanceof ConfigError)
    return {
      message: ink.t('cli.error.settings', { count: error.problems.length + error.warnings.length }),
      next: ink.t('cli.error.settings.next'),
      detail: [...error.problems, ...error.warnings].map((problem) => settingLine(problem, ink)).join('\n'),
    }
  const known = asKnown(error)
  return {
    message: ink.coded(`error.${known.code}`, known.params),
    next: [meant === null ? null : ink.t('cli.usage.meant', { word: meant }), nextOf(known, ink)]
      .filter((part) => part !== null)
      .join(' '),
    detail: placeOf(known, ink) ?? known.detail ?? null,
  }
}

/** The error by the option or operand of the command at which the person typed what is wrong. */
export function inWordsOf(command: Command | null, error: unknown): unknown {
  if (command === null || !(error instanceof OperatorError)) return error
  const { operands = [], options = [] } = command
  return inTypedWords(error, (field) => {
    const option = placeOfField(options, field)
    return option ? `--${option.name}` : placeOfField(operands, field)?.name.toUpperCase()
  })
}

/** An error as it is printed: one clear sentence, what to do, and what is behind it. */
export function errorText(error: unknown, ink: Ink, meant: string | null = null): string {
  const { message, next, detail } = explain(error, ink, meant)
  const incident = error instanceof OperatorError ? error.incident : null
  return [
    `${ink.paint('bad', `ocm: ${message}`)}`,
    ...(detail === null
      ? []
      : fullText(detail)
          .split('\n')
          .map((line) => `  ${line}`)),
    ...(next === null ? [] : [`  ${ink.t('cli.next', { next })}`]),
    ...(incident === null ? [] : [ink.paint('dim', `  ${ink.t('word.error-id', { id: incident })}`)]),
    '',
  ].join('\n')
}

/** The envelope of a failure; `data` is what was known before it, for example the plan that was not confirmed. */
export function errorEnvelope(
  error: unknown,
  ink: Ink,
  known: { operation: string | null; data?: unknown; meant?: string | null },
): Envelope {
  const ending = endingOf(error)
  const said = explain(error, ink, known.meant)
  return {
    schema: SCHEMA,
    operation: known.operation,
    outcome: ending,
    exitCode: EXIT_CODES[ending],
    operationId: error instanceof OperatorError ? error.incident : null,
    startedAt: null,
    durationMs: null,
    data: known.data ?? null,
    error: {
      code: codeOf(error),
      params: error instanceof OperatorError || error instanceof UsageError ? error.params : {},
      message: said.message,
      next: said.next,
      detail: said.detail === null ? null : fullText(said.detail),
    },
  }
}

function codeOf(error: unknown): string {
  return error instanceof OperatorError || error instanceof UsageError ? error.code : 'internal'
}

/** Remote text of several lines, harmless and bounded. */
function fullText(text: string): string {
  return toPlainText(text.slice(-LONGEST_DETAIL)).trim()
}

function explainUsage(error: UsageError, ink: Ink): Said {
  const help = ink.t('cli.usage.help', { command: ['ocm', error.path, '--help'].filter(Boolean).join(' ') })
  return {
    message: ink.coded(`cli.usage.${error.code}`, error.params),
    next:
      error.suggestion === null ? help : `${ink.t('cli.usage.meant', { word: error.suggestion })} ${help}`,
    detail: null,
  }
}

function asKnown(error: unknown): OperatorError {
  if (error instanceof OperatorError) return error
  if (error instanceof LockBusy)
    return new OperatorError('registry-locked', error.owner ? { pid: error.owner.pid } : {}, { cause: error })
  return new OperatorError('internal', {}, { cause: error })
}

/** Some next steps of the catalogue speak of buttons; a shell has options instead. */
function nextOf(error: OperatorError, ink: Ink): string {
  const own = `cli.error.${error.code}.next`
  return ink.coded(isOwnNext(own) ? own : `error.${error.code}.next`, error.params)
}

function isOwnNext(key: string): key is Extract<CodedKey, `cli.error.${string}`> {
  return isTextKey(key)
}

/** Where in a file the fault is. */
function placeOf({ params }: OperatorError, ink: Ink): string | null {
  if (typeof params.line !== 'number' || params.line === 0) return null
  return ink.coded('cli.error.place', params)
}
