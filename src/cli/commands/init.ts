import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import { OperatorError } from '../../base/errors.ts'
import { withSettings } from '../../settings/env-text.ts'
import { type Environment, processEnvironment } from '../../settings/environment.ts'
import { createFileAtomic, errorCode, hasCode, writeFileAtomic } from '../../state/atomic-file.ts'
import { type Answer, type Call, plainAnswer } from '../command.ts'
import { NotConfirmed } from '../not-confirmed.ts'
import { interview } from '../setup/interview.ts'
import { doctor } from './doctor.ts'

/**
 * `ocm init`: asks for what ocm needs to start, writes it into the file of settings, and examines the whole. Lines that it
 * does not know stay; what is set already is changed only by somebody who agrees to that.
 */
export async function init(call: Call): Promise<Answer> {
  const { args, out, terminal, json } = call
  const file = resolve(args.text('settings') ?? '.env')
  const old = await textOf(file)
  const inFile = parseEnv(old ?? '')
  const environment = processEnvironment()
  const { answers, surroundings } = await interview(call, { ...inFile, ...environment }).catch(
    (error: unknown) => {
      throw call.signal.aborted ? new OperatorError('interview-stopped', {}, { cause: error }) : error
    },
  )
  const wanted = Object.entries(answers).filter(([name, value]) => inFile[name] !== value)
  const changes = Object.fromEntries(wanted)
  const replaced = Object.keys(changes).filter((name) => (inFile[name] ?? '') !== '')
  if (replaced.length > 0) await confirm(call, { file, replaced })
  await write(file, old, changes, out.t('init.head'))
  const names = Object.keys(changes)
  const invite = surroundings?.invite ?? null
  if (!json) terminal.out(`${written(call, file, names, overruled(answers, environment))}\n\n`)
  const examined = args.flag('no-check') ? plainAnswer('done', { findings: [] }, '') : await doctor(call)
  const data = { file, written: names, invite, ...(examined.data as object) }
  const end = [
    examined.text ?? '',
    ...(invite === null ? [] : [`${out.t('init.invite', { invite })}\n`]),
    `${out.t('init.next')}\n`,
  ]
  return plainAnswer(examined.ending, data, end.join(''))
}

/** null when there is no such file. @throws OperatorError output-unwritable */
async function textOf(file: string): Promise<string | null> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if (hasCode(error, 'ENOENT')) return null
    throw new OperatorError('output-unwritable', { file, code: errorCode(error) }, { cause: error })
  }
}

/** @throws NotConfirmed */
async function confirm(call: Call, plan: { file: string; replaced: string[] }): Promise<void> {
  const { args, terminal, err, json } = call
  if (args.flag('yes')) return
  const refused = new NotConfirmed({ code: 'confirmation-needed', params: {} }, plan)
  if (json || !terminal.canAsk) throw refused
  terminal.err(`${err.t('init.replaces', { file: plan.file, names: plan.replaced.join(', ') })}\n`)
  const typed = await terminal.ask(`${err.t('cli.confirm.ask')} `, call.signal).catch(() => '')
  if (!/^y(es)?$/i.test(typed.trim())) throw refused
}

/** @throws OperatorError output-exists, output-unwritable */
async function write(
  file: string,
  old: string | null,
  changes: Readonly<Record<string, string>>,
  head: string,
): Promise<void> {
  const text = withSettings(old ?? `# ${head}\n`, changes)
  if (text === null) throw new OperatorError('output-unwritable', { file })
  const moved = () => new OperatorError('output-exists', { file })
  try {
    if (old === null) {
      if (!(await createFileAtomic(file, text))) throw moved()
    } else {
      await writeFileAtomic(file, text, {
        async beforeRename() {
          if ((await readFile(file, 'utf8')) !== old) throw moved()
        },
      })
    }
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw new OperatorError('output-unwritable', { file, code: errorCode(error) }, { cause: error })
  }
}

/** Settings that the environment has otherwise: what was written does not count as long as it does. */
function overruled(answers: Readonly<Record<string, string>>, environment: Environment): string[] {
  return Object.entries(answers)
    .filter(([name, value]) => environment[name] !== undefined && environment[name] !== value)
    .map(([name]) => name)
}

function written({ out }: Call, file: string, names: string[], overruledNames: string[]): string {
  const line =
    names.length === 0
      ? out.t('init.unchanged', { file })
      : out.t('init.written', { file, names: names.join(', ') })
  if (overruledNames.length === 0) return line
  return `${line}\n${out.paint('warning', out.t('init.overruled', { names: overruledNames.join(', ') }))}`
}
