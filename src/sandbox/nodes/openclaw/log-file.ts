import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export type LogLevel = 'info' | 'warn' | 'error'

const LEVELS: Record<LogLevel, { id: number; name: string; priority: string }> = {
  info: { id: 3, name: 'INFO', priority: '6' },
  warn: { id: 4, name: 'WARN', priority: '4' },
  error: { id: 5, name: 'ERROR', priority: '3' },
}
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

export interface LogFileOptions {
  /** The gateway's own log, JSON lines. */
  file: string
  /** Where the `journalctl` stand-in finds one file for each output format. */
  journalDirectory: string
  hostname: string
  nodeVersion: string
  now: () => number
  pid: () => number
}

/** One log line in every output format of `journalctl` that the stand-in knows. */
function journalLines(at: Date, host: string, who: string, pid: number, level: LogLevel, message: string) {
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = `${two(at.getUTCHours())}:${two(at.getUTCMinutes())}:${two(at.getUTCSeconds())}`
  const micros = `${String(at.getUTCMilliseconds()).padStart(3, '0')}000`
  const day = `${MONTHS[at.getUTCMonth()]} ${two(at.getUTCDate())}`
  const isoDay = at.toISOString().slice(0, 10)
  const origin = `${host} ${who}[${pid}]: ${message}`
  return {
    short: `${day} ${clock} ${origin}`,
    'short-precise': `${day} ${clock}.${micros} ${origin}`,
    'short-iso': `${isoDay}T${clock}+0000 ${origin}`,
    'short-iso-precise': `${isoDay}T${clock}.${micros}+0000 ${origin}`,
    'short-unix': `${Math.floor(at.getTime() / 1000)}.${micros} ${origin}`,
    cat: message,
    json: JSON.stringify({
      __REALTIME_TIMESTAMP: `${at.getTime()}000`,
      _HOSTNAME: host,
      _PID: String(pid),
      SYSLOG_IDENTIFIER: who,
      PRIORITY: LEVELS[level].priority,
      _SYSTEMD_USER_UNIT: 'openclaw-gateway.service',
      MESSAGE: message,
    }),
  }
}

/** Writes what the gateway says into its own log and into the journal. */
export class LogFile {
  readonly #options: LogFileOptions

  constructor(options: LogFileOptions) {
    this.#options = options
  }

  get path(): string {
    return this.#options.file
  }

  /** A line of the gateway itself; systemd carries its standard output into the journal. */
  gateway(subsystem: string, message: string, level: LogLevel = 'info'): void {
    const { hostname, nodeVersion, now, pid } = this.#options
    const date = new Date(now())
    const iso = date.toISOString()
    const name = JSON.stringify({ subsystem })
    const { id, name: logLevelName } = LEVELS[level]
    const meta = { runtime: 'node', runtimeVersion: nodeVersion, hostname, date: iso, logLevelId: id }
    const line = {
      0: name,
      1: message,
      _meta: { ...meta, logLevelName, name, parentNames: ['openclaw'] },
      time: iso.replace('Z', '+00:00'),
      hostname,
      message,
    }
    appendFileSync(this.#options.file, `${JSON.stringify(line)}\n`)
    this.#journal(date, 'node', pid(), level, `${iso} [${subsystem}] ${message}`)
  }

  /** A line that the gateway prints before it has a log. */
  printed(message: string): void {
    const { now, pid } = this.#options
    this.#journal(new Date(now()), 'node', pid(), 'error', message)
  }

  /** A line of the service manager about the unit. */
  manager(message: string, level: LogLevel = 'info'): void {
    this.#journal(new Date(this.#options.now()), 'systemd', 1, level, message)
  }

  /** Messages of the gateway's own log, oldest first. */
  messages(): string[] {
    return this.rawLines().map((line) => String((JSON.parse(line) as { message?: unknown }).message))
  }

  rawLines(): string[] {
    return readFileSync(this.#options.file, 'utf8').split('\n').filter(Boolean)
  }

  #journal(date: Date, who: string, pid: number, level: LogLevel, message: string): void {
    const { hostname, journalDirectory } = this.#options
    for (const [format, line] of Object.entries(journalLines(date, hostname, who, pid, level, message))) {
      appendFileSync(join(journalDirectory, format), `${line}\n`)
    }
  }
}
