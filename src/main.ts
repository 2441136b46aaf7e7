import { ConfigError, loadConfig } from './config.ts'
import { createApp } from './create-app.ts'
import { OperatorError } from './errors.ts'
import { settleUnfinished } from './operations/settle-unfinished.ts'
import { LockBusy } from './state/file-lock.ts'
import { translate } from './text/translate.ts'

const EXIT_FAILED = 1
const EXIT_BAD_SETTINGS = 2
/** Discord refused the bot for good: starting it again without a change is of no use. */
const EXIT_REFUSED = 3

/** Runs the bot until it is told to stop or Discord refuses it. Returns the exit code. */
async function main(): Promise<number> {
  const config = loadConfig()
  const app = await createApp(config)
  const { log } = app.owned.context
  for (const { name, problem, hint } of config.warnings)
    log.warn({ setting: name, problem, hint }, 'doubtful setting')
  await settleUnfinished(app.owned.context)
  const stop = () => void app.stop()
  process.once('SIGINT', stop)
  // a service manager and npm may each pass the same request on: the second must not cut the end short
  process.on('SIGTERM', stop)
  try {
    await app.start()
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

function explain(error: unknown): number {
  if (error instanceof ConfigError) {
    const lines = error.problems.map(({ name, problem, hint }) => `  ${name} ${problem}. ${hint}`)
    process.stderr.write(`The settings need attention:\n${lines.join('\n')}\n`)
    return EXIT_BAD_SETTINGS
  }
  if (error instanceof LockBusy) {
    process.stderr.write(
      `Another ocm is running on this data folder${error.owner ? ` (process ${error.owner.pid})` : ''}.\n`,
    )
    return EXIT_FAILED
  }
  if (error instanceof OperatorError) {
    const text = translate('en', `error.${error.code}`, error.params)
    const next = translate('en', `error.${error.code}.next`, error.params)
    process.stderr.write(`${text} ${next}\n${error.detail === undefined ? '' : `${error.detail}\n`}`)
    return error.kind === 'usage' ? EXIT_BAD_SETTINGS : EXIT_FAILED
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`)
  return EXIT_FAILED
}

process.exitCode = await main().catch(explain)
