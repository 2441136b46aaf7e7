import { type CopyStep, copyBackup } from '../../operations/copy-backup.ts'
import { type FetchStep, fetchBackup } from '../../operations/fetch-backup.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { copyResult, copyStepText, fetchResult } from '../../presenters/copy-backup.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { createLiveText } from '../live.ts'
import { resultText } from '../views/told.ts'

/** `ocm backup copy`. */
export async function copy(call: Call): Promise<Answer> {
  const { args, out, signal, actor } = call
  const context = await call.open('none')
  const input = {
    node: args.required('node'),
    backup: args.text('backup') ?? null,
    readBack: args.flag('read-back'),
  }
  const report = await live(call, (onProgress) =>
    runOperation(context, actor, copyBackup, input, { signal, onProgress }),
  )
  return answerOf(report, resultText(copyResult(report, out), report, out))
}

/** `ocm backup fetch`. */
export async function fetch(call: Call): Promise<Answer> {
  const { args, out, signal, actor } = call
  const context = await call.open('none')
  const backup = args.text('backup')
  const input = { node: args.required('node'), ...(backup === undefined ? {} : { backup }) }
  const report = await live(call, (onProgress) =>
    runOperation(context, actor, fetchBackup, input, { signal, onProgress }),
  )
  return answerOf(report, resultText(fetchResult(report, out), report, out))
}

/** Shows on a terminal how far it is, and takes that away at the end. */
async function live<Report>(
  { json, out, terminal }: Call,
  work: (onProgress: (step: CopyStep | FetchStep) => void) => Promise<Report>,
): Promise<Report> {
  const shown = createLiveText(terminal)
  try {
    return await work((step) => {
      if (!json) shown.draw(`${copyStepText(step, out)}\n`)
    })
  } finally {
    shown.clear()
  }
}
