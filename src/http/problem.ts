import type { ErrorCode, FailureKind } from '../base/errors.ts'
import { OperatorError } from '../base/errors.ts'
import type { Locale } from '../base/locale.ts'
import type { Ending } from '../presenters/ending.ts'
import { createWords, type Words } from '../presenters/ink.ts'
import { pageCommand } from '../presenters/page-command.ts'
import type { CodedKey } from '../text/params.ts'
import { toPlainText } from '../text/plain-text.ts'
import { isTextKey } from '../text/translate.ts'

const LONGEST_DETAIL = 4_000

/** What a failure is to HTTP, unless its code has a status of its own. */
const STATUS_OF_KIND = {
  usage: 422,
  refused: 409,
  stopped: 409,
  failed: 502,
  unknown: 504,
  internal: 500,
} as const satisfies Record<FailureKind, number>

const STATUS_OF_CODE: Partial<Record<ErrorCode, number>> = {
  'request-malformed': 400,
  'body-unreadable': 400,
  'not-signed-in': 401,
  'link-over': 401,
  'discord-log-in-over': 401,
  'discord-no-role': 403,
  'not-allowed': 403,
  'approval-needed': 403,
  'approval-own': 403,
  'approval-foreign': 403,
  'approval-person-unknown': 403,
  'cross-site': 403,
  'unknown-node': 404,
  'unknown-session': 404,
  'unknown-incident': 404,
  'unknown-bot': 404,
  'unknown-backup': 404,
  'unknown-token': 404,
  'unknown-approval': 404,
  'unknown-run': 404,
  'run-goes-on': 409,
  'unknown-route': 404,
  'method-refused': 405,
  'node-exists': 409,
  'address-exists': 409,
  'bot-exists': 409,
  'body-too-large': 413,
  'body-type': 415,
  'host-refused': 421,
  'confirmation-needed': 428,
  'too-many-requests': 429,
  'shutting-down': 503,
  'roles-unknown': 503,
  'data-busy': 503,
  'data-read-only': 503,
  'data-disk-full': 503,
}

/** Statuses of a run that has ended: what is not done never looks like success. */
export const STATUS_OF_ENDING = { done: 200, partial: 502, ...STATUS_OF_KIND } as const satisfies Record<
  Ending,
  number
>

/** An error as RFC 9457 wants it, with the facts that a program needs. */
export interface Problem {
  type: string
  title: string
  status: number
  code: string
  params: Readonly<Record<string, string | number>>
  next: string
  /** Under which id the audit and the log have it. */
  operationId: string | null
  /** What a remote machine said; untrusted. */
  detail?: string
}

/** Who an error is told to: a program, or a person at the page. */
export type Told = 'program' | 'page'

/** Words of this face: a program is told commands as they are typed in a shell, a person what the page has for them. */
function wordsFor(told: Told, locale: Locale): Words {
  const command =
    told === 'page' ? (path: string) => pageCommand(locale, path) : (path: string) => `ocm ${path}`
  return createWords(locale, { clean: toPlainText, command })
}

/** The status of an error. */
export function statusOf({ code, kind }: OperatorError): number {
  return STATUS_OF_CODE[code] ?? STATUS_OF_KIND[kind]
}

/** What an error says, in the language of who asked. */
export function saidOf(
  { code, params }: { code: ErrorCode; params: OperatorError['params'] },
  told: Told,
  locale: Locale,
): { message: string; next: string } {
  const words = wordsFor(told, locale)
  const own = `${told === 'page' ? 'page' : 'http'}.error.${code}.next`
  return {
    message: words.coded(`error.${code}`, params),
    next: words.coded(isOwnNext(own) ? own : `error.${code}.next`, params),
  }
}

/** The problem that an error is. What is no error of ocm's says nothing but that something broke. */
export function problemOf(error: unknown, locale: Locale, told: Told = 'program'): Problem {
  const known = error instanceof OperatorError ? error : new OperatorError('internal', {}, { cause: error })
  const { message, next } = saidOf(known, told, locale)
  return {
    type: `urn:ocm:problem:${known.code}`,
    title: message,
    status: statusOf(known),
    code: known.code,
    params: known.params,
    next,
    operationId: known.incident,
    ...(known.detail === undefined ? {} : { detail: toPlainText(known.detail.slice(-LONGEST_DETAIL)) }),
  }
}

function isOwnNext(key: string): key is Extract<CodedKey, `${'http' | 'page'}.error.${string}`> {
  return isTextKey(key)
}
