import { join } from 'node:path'
import { commands } from '../commands/index.ts'
import manifest from '../package.json' with { type: 'json' }
import type { Clock } from './base/clock.ts'
import { createEndings } from './base/endings.ts'
import { OperatorError } from './base/errors.ts'
import type { Log } from './base/log.ts'
import { createContext, DISCORD, type OwnedContext } from './create-context.ts'
import { alertChannelOfBot } from './discord/alerts/channel-test.ts'
import { type Bot, createBot, type StopReason } from './discord/bot.ts'
import { formerConfirmations } from './discord/former-confirmations.ts'
import { openKeepers } from './discord/keepers.ts'
import { memberGrants } from './discord/member-grants.ts'
import { createDiscordOAuth } from './discord/oauth.ts'
import { openQuestionCards } from './discord/question-cards.ts'
import { createHttpFace } from './http/server.ts'
import { openOutsideWatch } from './metrics/outside-watch.ts'
import { Monitor } from './monitor/monitor.ts'
import { Schedule, type Ticker } from './monitor/schedule.ts'
import { formerStarts, openStarts } from './monitor/stored-starts.ts'
import { BackupSchedule } from './operations/backup-schedule.ts'
import { openConfirmations } from './operations/confirmations.ts'
import { CopySchedule } from './operations/copy-schedule.ts'
import { endOverdueMaintenance } from './operations/set-maintenance.ts'
import { tidyBackups } from './operations/tidy-backups.ts'
import type { Config, DiscordConfig } from './settings/config.ts'
import { acquireFileLock } from './state/file-lock.ts'
import { takeOver } from './store/take-over.ts'

/** A sweep that has not ended by then is told to; the next one starts on time. */
const SWEEP_LIMIT_FACTOR = 3

/** The whole running program: the Discord face and the monitor over one context. */
export interface App {
  owned: OwnedContext
  bot: Bot
  schedule: Schedule
  /** Where the API listens; null where it is not asked for, or could not. */
  apiUrl(): string | null
  /** Where the metrics are; null where nobody asked for them, or where it could not listen. */
  metricsUrl(): string | null
  /** Resolves when the commands can be used. @throws OperatorError config-invalid, cancelled */
  start(): Promise<void>
  /** Resolves when the bot has ended by itself or was stopped. */
  stopped: Promise<StopReason>
  /** Lets work under way end, then closes everything. Safe to call twice. */
  stop(): Promise<void>
}

/** How often the nodes are looked at, and how long one pass over them may take. Milliseconds. */
export function passTimes({ limits }: Pick<Config, 'limits'>): { everyMs: number; timeLimitMs: number } {
  const everyMs = limits.refreshIntervalMs
  return { everyMs, timeLimitMs: Math.max(everyMs, limits.listDeadlineMs * SWEEP_LIMIT_FACTOR) }
}

/**
 * Puts the program together; nothing moves before `start`.
 * @param options.passed called after each good pass over the nodes
 * @throws OperatorError as createContext does; config-invalid without Discord settings; LockBusy when another
 * instance runs on the same data folder
 */
export async function createApp(
  config: Config,
  options: { clock?: Clock; log?: Log; ticker?: Ticker; passed?: () => void } = {},
): Promise<App> {
  if (!config.discord) throw new OperatorError('config-invalid', { count: 1 })
  const owned = await createContext(config, options)
  const { context, histories } = owned
  const endings = createEndings()
  endings.add(owned.close)
  try {
    const { dataDir } = config
    // One bot to a folder: two would judge and post the same things.
    const only = await acquireFileLock(join(dataDir, 'bot.lock'), { label: 'bot' })
    endings.add(() => only.release())
    const former = [formerConfirmations(owned.store, commands), formerStarts(owned.store)]
    await takeOver({ dataDir, files: former, log: context.log, now: context.clock.now() })
    const confirmations = await openConfirmations(owned.store, context)
    endings.add(async () => confirmations.end())
    const questionCards = await openQuestionCards(owned.store, confirmations)
    endings.add(async () => questionCards.end())
    const monitor = new Monitor({
      context,
      histories,
      rules: () => context.rules.value(),
      isSuspect: (nodeId) => context.decommissions.isSuspect(nodeId),
      report: (input) => context.incidents.apply(input),
    })
    endings.add(() => monitor.stop())
    const outside = openOutsideWatch({
      config: config.watch,
      context,
      version: manifest.version,
      connected: () => bot.client() !== null && bot.health().state === 'ready',
      telling: () => keepers.notifier.isTelling(),
    })
    endings.add(() => outside.stop())
    const { everyMs, timeLimitMs } = passTimes(config)
    const backupSchedule = new BackupSchedule(context)
    endings.add(() => backupSchedule.stop())
    const copySchedule = new CopySchedule(context)
    endings.add(() => copySchedule.stop())
    const schedule = new Schedule({
      jobs: [
        {
          name: 'sweep',
          everyMs,
          timeLimitMs,
          async run(signal) {
            await endOverdueMaintenance(context)
            const report = await monitor.sweep(signal)
            context.log.debug(report, 'sweep')
            if (signal.aborted) return
            outside.passed(report)
            options.passed?.()
          },
        },
        backupSchedule.job(),
        copySchedule.job(),
        tidyBackups(context),
      ],
      clock: context.clock,
      log: context.log,
      starts: await openStarts(owned.store),
      ...(options.ticker ? { ticker: options.ticker } : {}),
    })
    endings.add(() => schedule.stop())
    const bot = createBot({
      config: config.discord,
      context,
      grants: config.grants,
      channels: config.channels,
      confirmations,
      questionCards,
      defaultLocale: config.defaultLocale,
      commands,
    })
    endings.add(() => bot.stop())
    context.alertChannel = alertChannelOfBot({
      client: () => bot.client(),
      commandIds: () => bot.commandIds(),
      channelId: config.discord.channelId,
      roleId: config.alerts.roleId,
      clock: context.clock,
    })
    const keepers = await openKeepers({
      context,
      store: owned.store,
      deliveries: owned.deliveries.channel(DISCORD),
      channelId: config.discord.channelId,
      roleId: config.alerts.roleId,
      backupDigest: config.alerts.backupDigest,
      locale: config.defaultLocale,
      client: () => bot.client(),
      commandIds: () => bot.commandIds(),
      endings,
    })
    const http =
      config.http &&
      createHttpFace({
        config: config.http,
        context,
        confirmations,
        store: owned.store,
        lookUp: memberGrants({
          rest: () => bot.client()?.rest ?? null,
          guildId: config.discord.guildId,
          rules: config.grants,
        }),
        ...identitiesOf(config.discord, config.clientSecret, bot),
        fallback: config.defaultLocale,
        version: manifest.version,
      })
    if (http) endings.add(() => http.stop())
    let apiUrl: string | null = null
    let metricsUrl: string | null = null
    let stopping: Promise<void> | null = null
    return {
      owned,
      bot,
      schedule,
      apiUrl: () => apiUrl,
      metricsUrl: () => metricsUrl,
      async start() {
        // The monitor does not wait for Discord: what it sees meanwhile is on disk and is sent later.
        schedule.start()
        apiUrl = await listening(context.log, 'the API', http)
        metricsUrl = await listening(context.log, 'the listener of metrics', outside.server)
        await bot.start()
        keepers.start()
      },
      stopped: bot.stopped,
      stop() {
        stopping ??= endings.run()
        return stopping
      },
    }
  } catch (error) {
    await endings.run().catch(() => undefined)
    throw error
  }
}

/** Where people sign in to the page besides by links, where that is set up. */
function identitiesOf(config: DiscordConfig, clientSecret: string | null, bot: Pick<Bot, 'client'>) {
  if (clientSecret === null) return {}
  const clientId = () => bot.client()?.application?.id ?? null
  return { identities: createDiscordOAuth({ config, clientId, clientSecret }) }
}

/** Where it listens now; null when it does not: a port that is taken keeps nobody from the commands in Discord. */
async function listening(
  log: Log,
  what: string,
  server: { start(): Promise<string> } | null,
): Promise<string | null> {
  if (server === null) return null
  try {
    const url = await server.start()
    log.info({ url }, `${what} listens`)
    return url
  } catch (error) {
    log.error({ err: error }, `${what} could not listen`)
    return null
  }
}
