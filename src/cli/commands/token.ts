import { createToken, listTokens, revokeToken, type TokenRow } from '../../operations/manage-tokens.ts'
import { runOperation } from '../../operations/run-operation.ts'
import type { Ink } from '../../presenters/ink.ts'
import { strayText } from '../../presenters/stray-tag.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { type Cell, renderTable } from '../table.ts'

/** Without `--for`: long enough for a program to be of use, short enough that a forgotten one ends. */
const DEFAULT_MINUTES = 90 * 24 * 60

/** `ocm token create`: prints the token, this once. */
export async function create(call: Call): Promise<Answer> {
  const { args, out } = call
  const context = await call.open('none')
  const input = {
    name: args.required('name'),
    level: args.required('level'),
    tags: args.list('tag'),
    operations: args.list('operation'),
    minutes: args.number('for') ?? DEFAULT_MINUTES,
  }
  const report = await runOperation(context, call.actor, createToken, input, optionsOf(call))
  const { token, id, stray } = report.data
  const said = [
    ...stray.map((one) => out.paint('warning', strayText(one, out))),
    out.paint('dim', out.t('cli.token.created', { id })),
  ]
  return answerOf(report, `${[token, ...said].join('\n')}\n`)
}

/** `ocm token list`: every token with its rights and its end. */
export async function list(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const report = await runOperation(context, call.actor, listTokens, {}, optionsOf(call))
  return answerOf(report, tokensText(report.data.tokens, call.out, call.now()))
}

/** `ocm token revoke`. */
export async function revoke(call: Call): Promise<Answer> {
  const context = await call.open('none')
  const input = { token: call.args.required('token') }
  const report = await runOperation(context, call.actor, revokeToken, input, optionsOf(call))
  return answerOf(report, `${call.out.t('cli.token.revoked', { name: report.data.name })}\n`)
}

function optionsOf({ args, signal }: Call): { signal: AbortSignal; reason?: string } {
  const reason = args.text('reason')
  return { signal, ...(reason === undefined ? {} : { reason }) }
}

function tokensText(tokens: readonly TokenRow[], ink: Ink, now: number): string {
  if (tokens.length === 0) return `${ink.t('cli.token.none')}\n`
  const columns = ['token', 'name', 'rights', 'used', 'ends'] as const
  const rows = tokens.map((token): Cell[] => [
    token.id,
    ink.remote(token.name),
    rightsOf(token),
    token.lastUsedAt === null ? ink.t('cli.token.never') : ink.time(token.lastUsedAt),
    endOf(token, ink, now),
  ])
  const titles = columns.map((name) => ({ title: ink.t(`cli.token.column.${name}`) }))
  return `${renderTable(titles, rows, { width: null, paint: ink.paint }).join('\n')}\n`
}

/** As `.env.example` writes grants: the level, and the tags behind an @. */
function rightsOf({ grants, operations: only }: TokenRow): string {
  const levels = grants.map(({ level, tags }) => (tags === null ? level : `${level}@${tags.join('+')}`))
  return [...levels, ...(only ?? [])].join(' ')
}

function endOf({ revokedAt, expiresAt }: TokenRow, ink: Ink, now: number): string {
  if (revokedAt !== null) return ink.t('cli.token.is-revoked')
  if (expiresAt === null) return ink.t('cli.token.never')
  return expiresAt <= now ? ink.t('cli.token.is-expired') : ink.time(expiresAt, 'f')
}
