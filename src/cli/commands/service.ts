import { access, readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { Ending } from '../../presenters/ending.ts'
import { type Installation, install, uninstall } from '../../service/install.ts'
import { formerDataFolder, SETTINGS_FILE, settingsFiles } from '../../service/settings-files.ts'
import { type ServiceState, serviceImpossible, serviceState } from '../../service/systemd.ts'
import { STATE_FOLDER, UNIT, type UnitLevel, unitText } from '../../service/unit.ts'
import { type Environment, processEnvironment } from '../../settings/environment.ts'
import { botCommand } from '../bot-program.ts'
import { type Answer, type Call, plainAnswer } from '../command.ts'
import { NotConfirmed } from '../not-confirmed.ts'

const RUN_BY_SYSTEMD = '/run/systemd/system'

/** `ocm service install`: makes a unit of systemd of the settings, starts it, and waits until it runs. */
export async function installService(call: Call): Promise<Answer> {
  const { args, out, signal } = call
  const level = levelOf(call)
  const envFile = resolve(args.text('settings') ?? '.env')
  const text = await readFile(envFile, 'utf8').catch(() => null)
  const values = parseEnv(text ?? '')
  if (args.flag('print')) {
    const { unit } = await planned(level, envFile, values, { strict: false })
    return plainAnswer('done', { unit: unit.content }, unit.content)
  }
  await refuseWhereImpossible(level, text !== null)
  const installation = await planned(level, envFile, values, { strict: true })
  const paths = [...installation.files, installation.unit].map(({ path }) => path)
  await confirm(call, out.t('service.will-write', { files: paths.join(', ') }), { files: paths })
  await install(installation, signal)
  const state = await serviceState(level, signal)
  const former = level === 'system' ? formerDataFolder(values, envFile) : null
  const left = former !== null && (await isThere(join(former, 'registry.json'))) ? former : null
  const notes = left === null ? '' : `${out.t('service.data-elsewhere', { from: left, to: STATE_FOLDER })}\n`
  return plainAnswer(
    endingOf(state),
    { state, files: paths, formerData: left },
    `${stateText(state, call)}${notes}`,
  )
}

/** `ocm service uninstall`: stops the service and takes its unit away. */
export async function uninstallService(call: Call): Promise<Answer> {
  const { out, signal } = call
  const level = levelOf(call)
  await refuseWhereImpossible(level, true, { uninstalls: true })
  const state = await serviceState(level, signal)
  if (state?.installed !== true) return plainAnswer('done', { state }, `${out.t('service.not-installed')}\n`)
  await confirm(call, out.t('service.will-remove', { unit: unitPath(level) }), { unit: unitPath(level) })
  await uninstall(level, unitPath(level), signal)
  return plainAnswer('done', { state: await serviceState(level, signal) }, `${out.t('service.removed')}\n`)
}

/** `ocm service status`: what systemd says of it. */
export async function serviceStatus(call: Call): Promise<Answer> {
  const state = await serviceState(levelOf(call), call.signal)
  return plainAnswer(endingOf(state), { state }, stateText(state, call))
}

function levelOf({ args }: Call): UnitLevel {
  return args.flag('user') ? 'user' : 'system'
}

function unitPath(level: UnitLevel): string {
  return level === 'user' ? join(homedir(), '.config/systemd/user', UNIT) : join('/etc/systemd/system', UNIT)
}

/** @param options.strict a unit that is only shown may want for what is not set yet */
async function planned(
  level: UnitLevel,
  envFile: string,
  values: Environment,
  { strict }: { strict: boolean },
): Promise<Installation> {
  const system = level === 'system'
  const places = { folder: dirname(envFile), home: await homeOf(processEnvironment()) }
  const complete = strict ? values : { DISCORD_TOKEN: 'x', ...values, OCM_SSH_KEY: '/dev/null' }
  const { files, credentials } = system
    ? await settingsFiles(complete, places)
    : { files: [], credentials: [] }
  const content = unitText({
    level,
    command: [process.execPath, ...botCommand()],
    credentials,
    environmentFile: system ? SETTINGS_FILE : basename(envFile) === '.env' ? null : envFile,
    folder: dirname(envFile),
  })
  return { level, files, unit: { path: unitPath(level), content } }
}

/** @throws OperatorError service-impossible */
async function refuseWhereImpossible(
  level: UnitLevel,
  hasSettings: boolean,
  { uninstalls }: { uninstalls: boolean } = { uninstalls: false },
): Promise<void> {
  if (!(await isThere(RUN_BY_SYSTEMD))) throw serviceImpossible('no-systemd')
  if (level === 'system' && process.getuid?.() !== 0) throw serviceImpossible('not-root')
  if (uninstalls) return
  if (!hasSettings) throw serviceImpossible('no-settings')
  const program = botCommand().at(-1) ?? ''
  if (extname(program) === '.ts') throw serviceImpossible('sources')
  // The account of the service may not look into the homes of people, and its sandbox hides them.
  const hidden = [program, process.execPath].find((path) => /^\/(?:home|root|run\/user)\//.test(path))
  if (level === 'system' && hidden !== undefined) throw serviceImpossible('in-a-home', { file: hidden })
}

/** What `~` means in the settings of the person who called sudo. */
async function homeOf(env: Environment): Promise<string> {
  if (env.SUDO_USER === undefined) return homedir()
  const accounts = await readFile('/etc/passwd', 'utf8').catch(() => '')
  const account = accounts.split('\n').find((line) => line.startsWith(`${env.SUDO_USER}:`))
  return account?.split(':')[5] || homedir()
}

/** @throws NotConfirmed */
async function confirm(call: Call, question: string, plan: object): Promise<void> {
  const { args, terminal, err, json, signal } = call
  if (args.flag('yes')) return
  const refused = new NotConfirmed({ code: 'confirmation-needed', params: {} }, plan)
  if (!json) terminal.err(`${question}\n`)
  if (json || !terminal.canAsk) throw refused
  const typed = await terminal.ask(`${err.t('cli.confirm.ask')} `, signal).catch(() => '')
  if (!/^y(es)?$/i.test(typed.trim())) throw refused
}

function endingOf(state: ServiceState | null): Ending {
  if (state === null) return 'unknown'
  if (state.active === 'active') return 'done'
  return state.active === 'activating' || state.active === 'reloading' ? 'partial' : 'failed'
}

function stateText(state: ServiceState | null, { out }: Call): string {
  if (state === null) return `${out.t('service.unknown')}\n`
  if (!state.installed) return `${out.t('service.not-installed')}\n`
  const { active, sub, result, restarts, pid, status } = state
  const tone = active === 'active' ? 'good' : 'bad'
  const said = status === '' ? [] : [out.t('service.says', { status })]
  const why = result === 'success' || result === '' ? [] : [out.t('service.result', { result })]
  const process = pid === null ? [] : [out.t('service.pid', { pid })]
  const lines = [...process, ...said, ...why, out.t('service.restarts', { count: restarts })]
  return `${out.paint(tone, `${UNIT}: ${active} (${sub})`)}\n${lines.map((line) => `  ${line}\n`).join('')}`
}

function isThere(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
