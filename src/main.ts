import { systemClock } from './base/clock.ts'
import { OperatorError } from './base/errors.ts'
import { fitHeap } from './base/heap-growth.ts'
import type { Locale } from './base/locale.ts'
import { createApp, passTimes } from './create-app.ts'
import { settleUnfinished } from './operations/settle-unfinished.ts'
import { plainWords } from './presenters/ink.ts'
import { settingLine } from './presenters/setting-line.ts'
import { openServiceManager, type ServiceManager } from './service/service-manager.ts'
import type { Config } from './settings/config.ts'
import { ConfigError } from './settings/config-error.ts'
import { processEnvironment } from './settings/environment.ts'
import { readBotSettings } from './settings/read-settings.ts'
import { LockBusy } from './state/file-lock.ts'

const EXIT_FAILED = 1
const LINGER_MS = 500
const EXIT_BAD_SETTINGS = 2
/** Discord refused the bot for good: starting it again without a change is of no use. */
const EXIT_REFUSED = 3

/** Runs the bot and says why when it cannot. Returns the exit code. */
async function main(): Promise<number> {
  let locale: Locale = 'en'
  try {
    const config = await readBotSettings()
    locale = config.defaultLocale
    return await run(config)
  } catch (error) {
    return explain(error, error instanceof ConfigError ? error.locale : locale)
  }
}

/** Runs the bot until it is told to stop or Discord refuses it. */
async function run(config: Config): Promise<number> {
  let manager: ServiceManager | null = null
  const app = await createApp(config, { passed: () => manager?.passed() })
  const { log, registry } = app.owned.context
  fitHeap(registry.list().length)
  const { everyMs, timeLimitMs } = passTimes(config)
  manager = openServiceManager({
    env: processEnvironment(),
    clock: systemClock,
    log,
    passMs: everyMs + timeLimitMs,
  })
  for (const warning of config.warnings)
    log.warn(
      { setting: warning.name, code: warning.code },
      settingLine(warning, plainWords(config.defaultLocale)),
    )
  await settleUnfinished(app.owned.context)
  const stop = () => {
    manager?.stopping()
    void app.stop()
  }
  process.once('SIGINT', stop)
  // a service manager and npm may each pass the same request on: the second must not cut the end short
  process.on('SIGTERM', stop)
  try {
    // Discord may be away for hours: the monitor does not wait for it, and to be started anew would help nothing.
    manager.ready()
    manager.status('waiting for Discord')
    await app.start()
    manager.status('ready')
    log.info({}, 'ready')
  } catch (error) {
    if (!(error instanceof OperatorError && error.code === 'cancelled'))
      log.error({ err: error }, 'could not start')
  }
  const reason = await app.stopped
  await app.stop()
  if (reason.kind === 'stopped') return 0
  log.error({ reason: reason.reason }, 'stopped for good')
  return EXIT_REFUSED
}

function explain(error: unknown, locale: Locale): number {
  const words = plainWords(locale)
  if (error instanceof ConfigError) {
    const lines = [...error.problems, ...error.warnings].map(
      (problem) => `  ${settingLine(problem, words)}\n`,
    )
    process.stderr.write(`${words.t('cli.error.settings', { count: lines.length })}\n${lines.join('')}`)
    return EXIT_BAD_SETTINGS
  }
  if (error instanceof LockBusy) {
    process.stderr.write(`${words.t('setting.folder-in-use', error.owner ? { pid: error.owner.pid } : {})}\n`)
    return EXIT_FAILED
  }
  if (error instanceof OperatorError) {
    const text = words.coded(`error.${error.code}`, error.params)
    const next = words.coded(`error.${error.code}.next`, error.params)
    process.stderr.write(`${text} ${next}\n${error.detail === undefined ? '' : `${error.detail}\n`}`)
    return error.kind === 'usage' ? EXIT_BAD_SETTINGS : EXIT_FAILED
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT_FAILED
}

process.exitCode = await main()
// Requests to Discord that nobody waits for any more would keep the process alive for as long as they may take.
setTimeout(() => process.exit(), LINGER_MS).unref()
