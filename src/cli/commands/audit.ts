import { type FileHandle, open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import type { Report } from '../../operations/operation.ts'
import { type AuditExport, exportAudit, listAudit, verifyAudit } from '../../operations/read-audit.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { auditCheck, auditList } from '../../presenters/audit.ts'
import { errorCode, hasCode } from '../../state/atomic-file.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { resultText } from '../views/told.ts'

const MINUTE_MS = 60_000

/** `ocm audit list`: who did what, the newest first. */
export async function list(call: Call): Promise<Answer> {
  const { args, out } = call
  const context = await call.open('none')
  const since = args.number('since')
  const limit = args.number('limit')
  const input = {
    who: args.text('who') ?? null,
    node: args.text('node') ?? null,
    operations: args.list('operation'),
    run: args.text('run') ?? null,
    from: since === undefined ? null : new Date(call.now() - since * MINUTE_MS).toISOString(),
    before: args.number('before') ?? null,
    ...(limit === undefined ? {} : { limit }),
  }
  const report = await runOperation(context, call.actor, listAudit, input, { signal: call.signal })
  const { next } = report.data
  const more = next === null ? '' : `  ${out.paint('dim', out.t('cli.audit.next', { seq: String(next) }))}\n`
  return answerOf(report, resultText(auditList(report.data, out), report, out) + more)
}

/** `ocm audit verify`. */
export async function verify(call: Call): Promise<Answer> {
  const { args, out } = call
  const context = await call.open('none')
  const against = args.text('against')
  const input = {
    noted: args.text('noted') ?? null,
    against: against === undefined ? null : resolve(against),
  }
  const report = await runOperation(context, call.actor, verifyAudit, input, { signal: call.signal })
  return answerOf(report, resultText(auditCheck(report, out), report, out))
}

/** `ocm audit export`: every line, to standard output or into a new file. */
export async function exportLines(call: Call): Promise<Answer> {
  const { args, out, json, terminal } = call
  const output = args.text('output')
  const context = await call.open('none')
  const file = output === undefined ? null : await newFile(output)
  const kept: string[] = []
  let count = 0
  try {
    let report: Report<AuditExport>
    let after = 0
    do {
      report = await runOperation(context, call.actor, exportAudit, { after }, { signal: call.signal })
      const { lines, next } = report.data
      const text = lines.map((line) => `${line}\n`).join('')
      if (file) await file.appendFile(text)
      else if (json) kept.push(...lines)
      else {
        terminal.out(text)
        await terminal.flush()
      }
      count += lines.length
      after = next ?? after
    } while (report.data.next !== null && !terminal.gone.aborted)
    await file?.sync()
    const told = { ...report, data: { count, file: output ?? null, ...(file ? {} : { lines: kept }) } }
    const text = output === undefined ? null : `${out.t('cli.audit.exported', { count, file: output })}\n`
    return answerOf(told, text)
  } catch (error) {
    // Half of it must not be taken for all of it.
    if (output !== undefined) await rm(resolve(output), { force: true })
    if (output === undefined || error instanceof OperatorError || (error as Error).name === 'AbortError')
      throw error
    throw unwritable(error, output)
  } finally {
    await file?.close()
  }
}

async function newFile(output: string): Promise<FileHandle> {
  try {
    return await open(resolve(output), 'wx', 0o600)
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw new OperatorError('output-exists', { file: output })
    throw unwritable(error, output)
  }
}

function unwritable(error: unknown, file: string): OperatorError {
  return new OperatorError('output-unwritable', { file, code: errorCode(error) }, { cause: error })
}
