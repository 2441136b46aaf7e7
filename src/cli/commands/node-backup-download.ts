import { constants, existsSync } from 'node:fs'
import { copyFile, link, open, rm } from 'node:fs/promises'
import { resolve } from 'node:path'
import { OperatorError } from '../../base/errors.ts'
import { downloadBackup } from '../../operations/download-backup.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { downloadResult } from '../../presenters/download-backup.ts'
import { errorCode, hasCode } from '../../state/atomic-file.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { createLiveText } from '../live.ts'
import { resultText } from '../views/told.ts'

/** `ocm node backup-download`: a backup as a file that was not there before. */
export async function nodeBackupDownload(call: Call): Promise<Answer> {
  const { args, out, json, terminal } = call
  const output = args.required('output')
  const path = resolve(output)
  // Packing takes a while; what would come to nothing is not begun.
  if (existsSync(path)) throw new OperatorError('output-exists', { file: output })
  const context = await call.open('none')
  const live = createLiveText(terminal)
  const [backup, recipients] = [args.text('backup'), args.list('recipient')]
  const input = {
    node: args.required('node'),
    ...(backup === undefined ? {} : { backup }),
    ...(recipients.length === 0 ? {} : { recipients }),
  }
  try {
    const report = await runOperation(context, call.actor, downloadBackup, input, {
      signal: call.signal,
      onProgress: (step) => {
        if (!json) live.draw(`${out.t('download.packing', step)}\n`)
      },
    })
    live.clear()
    try {
      await handOver(report.data.path, path, output)
    } finally {
      await rm(report.data.path, { force: true })
    }
    const told = { ...report, data: { ...report.data, path } }
    return answerOf(told, resultText(downloadResult(told, path, out), told, out))
  } finally {
    live.clear()
  }
}

/** Gives a file its place, whole and durable, and never in the stead of another. */
async function handOver(from: string, to: string, named: string): Promise<void> {
  try {
    await link(from, to).catch(async (error: unknown) => {
      // Another disk, or one without hard links
      if (!hasCode(error, 'EXDEV') && !hasCode(error, 'EPERM')) throw error
      await copyFile(from, to, constants.COPYFILE_EXCL)
    })
    const file = await open(to, 'r')
    await file.sync().finally(() => file.close())
  } catch (error) {
    if (hasCode(error, 'EEXIST')) throw new OperatorError('output-exists', { file: named })
    throw new OperatorError('output-unwritable', { file: named, code: errorCode(error) }, { cause: error })
  }
}
