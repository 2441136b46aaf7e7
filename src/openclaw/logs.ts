import { z } from 'zod'
import type { UnitSetting } from '../../registry/schema.ts'
import type { ShellCommand } from '../ssh/shell-quote.ts'
import { sh } from '../ssh/shell-quote.ts'
import { parseUntrusted } from './untrusted-json.ts'

type Level = UnitSetting['level']

const RUNTIME_DIRECTORY = sh`: "\${XDG_RUNTIME_DIR:=/run/user/$(id -u)}"; export XDG_RUNTIME_DIR; `

/** The last lines of the unit's journal with UTC stamps. */
export function journalCommand(unit: string, lines: number, level: Level = 'user'): ShellCommand {
  return sh`${RUNTIME_DIRECTORY}LC_ALL=C journalctl ${`--${level}`} -u ${unit} -n ${lines} -o short-iso --utc --no-pager -q`
}

/** The journal as it grows, after the last `lines`. Ends only when it is told to. */
export function followJournalCommand(unit: string, lines: number, level: Level = 'user'): ShellCommand {
  return sh`${RUNTIME_DIRECTORY}LC_ALL=C journalctl ${`--${level}`} -u ${unit} -n ${lines} -o short-iso --utc --no-pager -q -f`
}

/**
 * The gateway's log of today where no log file is configured. It is shared by all gateways of the machine, and the
 * date is the node's own.
 */
export function defaultLogCommand(lines: number): ShellCommand {
  return sh`tail -n ${lines} -- "/tmp/openclaw/openclaw-$(date +%Y-%m-%d).log"`
}

const lineSchema = z.looseObject({
  time: z.string().optional(),
  message: z.string().optional(),
  0: z.unknown().optional(),
  1: z.unknown().optional(),
  _meta: z.looseObject({ logLevelName: z.string().optional(), date: z.string().optional() }).optional(),
})

/**
 * One line of OpenClaw's log file as `time LEVEL [subsystem] message`; a line that is not its JSON is left as it is.
 * The subsystem is itself JSON in the field `0`; 2026.2.17 has no `message` and puts the text into `0` or `1`.
 */
export function readableLogLine(line: string): string {
  const parsed = lineSchema.safeParse(parseJson(line))
  if (!parsed.success) return line
  const { time, message, _meta: meta } = parsed.data
  const subsystem = subsystemOf(parsed.data[0])
  const text = message ?? textOf(subsystem === null ? parsed.data[0] : parsed.data[1])
  if (text === null) return line
  const parts = [
    time ?? meta?.date,
    meta?.logLevelName,
    subsystem === null ? undefined : `[${subsystem}]`,
    text,
  ]
  return parts.filter((part) => part !== undefined).join(' ')
}

function subsystemOf(value: unknown): string | null {
  const parsed = z.looseObject({ subsystem: z.string() }).safeParse(parseJson(value))
  return parsed.success ? parsed.data.subsystem : null
}

function textOf(value: unknown): string | null {
  if (value === undefined || value === null) return null
  return typeof value === 'string' ? value : JSON.stringify(value)
}

function parseJson(text: unknown): unknown {
  if (typeof text !== 'string' || !text.startsWith('{')) return undefined
  try {
    return parseUntrusted(text)
  } catch {
    return undefined
  }
}
