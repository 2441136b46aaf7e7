import { ApplicationCommandOptionType } from 'discord.js'
import { findRecord } from '../../registry/find-record.ts'
import type { Choice, OptionValues } from '../../src/discord/command.ts'
import { named } from '../../src/discord/command-bodies.ts'
import { toLine } from '../../src/discord/markdown.ts'
import type { Actor } from '../../src/operations/access.ts'
import { mayUse } from '../../src/operations/access.ts'
import type { BackupRow } from '../../src/operations/backups.ts'
import type { Context } from '../../src/operations/context.ts'
import { formatBytes, formatDuration } from '../../src/text/format.ts'

const MAX_CHOICES = 25
const MAX_NAME = 100

/** An option that names a backup of the node that is typed before it. */
export function backupOption<const Key extends 'option.backup' | 'option.from' | 'option.to'>(key: Key) {
  return { type: ApplicationCommandOptionType.String, ...named(key), autocomplete: true } as const
}

/** Suggests the backups of the node that was chosen, newest first, from memory. */
export function suggestBackups(query: string, context: Context, actor: Actor, given: OptionValues): Choice[] {
  const node = findRecord(context.registry.list(), String(given.node ?? ''))
  if (node === undefined || !mayUse(actor, 'viewer', node)) return []
  const wanted = query.trim().toLowerCase()
  const now = context.clock.now()
  return context.backups
    .known(node.id)
    .filter(({ id }) => id.toLowerCase().includes(wanted))
    .slice(0, MAX_CHOICES)
    .map((row) => choiceOf(row, now))
}

/** A backup with its age and size, to choose from. */
export function choiceOf(row: BackupRow, now: number): Choice {
  const sign = row.verified === null ? '❔' : row.verified.sound ? '✅' : '❌'
  const age = formatDuration('en', Math.max(0, now - row.takenAt))
  const whose = row.agent === null ? '' : ` · 🤖 ${row.agent}`
  return {
    name: toLine(`${sign} ${row.id} · ${age} · ${formatBytes('en', row.bytes)}${whose}`, MAX_NAME),
    value: row.id,
  }
}
