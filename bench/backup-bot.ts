import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { HEAP_OPTIONS } from '../src/cli/bot-program.ts'

/** The whole bot, which is asked for backups over HTTP. */
export interface BackupBot {
  /** One backup from the request to its result. @returns seconds */
  backUp(): Promise<number>
  stop(): Promise<void>
}

const SOON_MS = 50
const LONGEST_START_MS = 60_000
/** Nobody answers there: Discord is away, and the bot does not wait for it. */
const NO_DISCORD = {
  DISCORD_TOKEN: 'a-token-that-nobody-asks-for',
  DISCORD_GUILD_ID: '100000000000000001',
  DISCORD_CHANNEL_ID: '100000000000000002',
  DISCORD_API_URL: 'http://127.0.0.1:9/api',
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

/**
 * Starts the bot as people run it, and waits until it has looked at the node.
 * @param main the command line that was built; the bot lies beside it
 * @param settings where its data, its key and its node are
 */
export async function startBackupBot(
  main: string,
  node: string,
  settings: Record<string, string | undefined>,
): Promise<BackupBot> {
  const port = await freePort()
  const env = { ...settings, ...NO_DISCORD, OCM_HTTP_LISTEN: String(port), OCM_LOG_LEVEL: 'error' }
  const words = ['token', 'create', 'bench', '--level', 'operator', '--json']
  const made = execFileSync(process.execPath, [main, ...words], { env, encoding: 'utf8' })
  const headers = { authorization: `Bearer ${JSON.parse(made).data.token}` }
  const program = join(dirname(dirname(main)), 'main.js')
  const bot = spawn(process.execPath, [...HEAP_OPTIONS, program], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const said = text(bot.stderr)
  const root = `http://127.0.0.1:${port}`
  const api = `${root}/api/ocm`
  const hasLooked = async () => {
    const answer = await fetch(`${api}/nodes?live=false`, { headers }).catch(() => null)
    const { data } = answer?.ok ? ((await answer.json()) as { data: { rows: { pending: boolean }[] } }) : {}
    return data?.rows.length === 1 && data.rows[0]?.pending === false
  }
  for (const late = performance.now() + LONGEST_START_MS; !(await hasLooked()); await sleep(SOON_MS))
    if (performance.now() > late || bot.exitCode !== null) {
      bot.kill()
      throw new Error(`the bot did not look at ${node}: ${await said}`)
    }
  return {
    async backUp() {
      const startedAt = performance.now()
      const begun = await fetch(`${api}/nodes/${node}/backup`, { method: 'POST', headers })
      const at = begun.headers.get('location')
      if (begun.status !== 202 || at === null) throw new Error(`${begun.status}: ${await begun.text()}`)
      const events = await fetch(new URL(`${at}/events`, root), { headers })
      // The stream closes behind the result.
      const told = await events.text()
      const seconds = (performance.now() - startedAt) / 1_000
      const result = /^event: end\ndata: (.*)$/m.exec(told)?.[1] ?? '{}'
      if (JSON.parse(result).outcome !== 'done') throw new Error(told.slice(-2_000))
      return seconds
    },
    async stop() {
      const ended = once(bot, 'exit')
      bot.kill()
      await ended
    },
  }
}
