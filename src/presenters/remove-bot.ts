import type { Reading } from '../base/reading.ts'
import type { Report } from '../operations/operation.ts'
import type { RemoveBotPlan, RemoveBotResult, RemoveBotStep } from '../operations/remove-bot.ts'
import { backupStepText } from './backups.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, readingText, reasonText } from './readings.ts'
import { fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const LONGEST_PATH = 200
const LONGEST_NAME = 80
const CHANNELS_SHOWN = 8
/** Of what a gateway says. */
const DETAIL_SHOWN = 200

/**
 * The question before an agent is deleted: what there is of it, and that its sessions are lost in any case.
 * @param why the reason that the person gave; untrusted
 */
export function removeBotPlan(plan: RemoveBotPlan, ink: Ink, why: string | null = null): Told {
  const { nodeId, nodeName, botId, name, workspace, sessions, running, bindings } = plan
  return {
    mood: 'warning',
    title: ink.t(
      'remove-bot.ask',
      {},
      { bot: ink.code(botId), node: ink.named({ id: nodeId, name: nodeName }) },
    ),
    lead: [text(ink.t('remove-bot.ask.sessions'), 'alarm')],
    parts: [
      lines(
        name !== null && fact(ink.t('label.name'), ink.remote(name, LONGEST_NAME)),
        fact(
          ink.t('bot-part.workspace'),
          workspace === null ? ink.t('remove-bot-state.unknown') : ink.code(workspace, LONGEST_PATH),
        ),
        fact(ink.t('label.sessions'), countText(sessions, ink)),
        fact(ink.t('remove-bot.running'), countText(running, ink)),
        fact(
          ink.t('label.channels'),
          bindings.length === 0
            ? ink.t('bots.unbound')
            : firstOf(
                ink,
                bindings.map((one) => ink.code(one, LONGEST_NAME)),
                CHANNELS_SHOWN,
              ),
        ),
      ),
      lines(
        running.value !== null && running.value > 0 && text(ink.t('remove-bot.running-now'), 'warning'),
        text(ink.t('remove-bot.ask.workspace'), 'warning'),
        text(ink.t('remove-bot.ask.backup')),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

/** A list that was cut short holds at least as many. */
function countText(reading: Reading<number>, ink: Ink): string {
  const cut = reading.freshness !== 'unknown' && reading.limitedTo !== undefined
  return readingText(ink, reading, (count) => `${cut ? '≥ ' : ''}${ink.number(count)}`)
}

/** One step in words, with how far it is. */
export function removeBotStep(step: RemoveBotStep, ink: Ink): string {
  return step.step === 'deleting' || step.step === 'reading-back-removal'
    ? ink.t(`step.${step.step}`)
    : backupStepText(step, ink)
}

/** One step in words as it begins: the same for each report of it. */
export function removeBotStepBegins({ step }: RemoveBotStep, ink: Ink): string {
  return step === 'deleting' || step === 'reading-back-removal'
    ? ink.t(`step.${step}`)
    : ink.t(`backup.begins.${step}`)
}

/** How it ended: the backup that was made first, and what is gone. */
export function removeBotResult({ data, outcome }: Report<RemoveBotResult>, ink: Ink): Told {
  const { nodeId, botId, backup, parts } = data
  const noBackup = parts.length === 0
  const next = noBackup ? 'no-backup' : outcome
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`remove-bot.${outcome}`, {}, { bot: ink.code(botId), node: ink.code(nodeId) }),
    lead: lines(
      noBackup && text(ink.t('remove-bot.no-backup'), 'warning'),
      next !== 'done' && { kind: 'next', text: ink.t(`remove-bot.${next}.next`) },
    ),
    parts: [
      [...parts.map((part) => partLine(part, ink)), fact(ink.t('remove-bot.backup'), ink.code(backup.id))],
    ],
  }
}

function partLine({ part, state, reason }: RemoveBotResult['parts'][number], ink: Ink): Line {
  const words = dotted([
    ink.t(`bot-part.${part}`),
    ink.t(`remove-bot-state.${state}`),
    reason && reasonText(ink, reason).slice(0, DETAIL_SHOWN),
  ])
  return text(words, state === 'done' ? 'well' : state === 'failed' ? 'alarm' : 'warning')
}
