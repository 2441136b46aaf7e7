import { type ChannelTest, TEST_STEPS, testOutcome } from '../../operations/test-alerts.ts'
import { OUTCOME_MOODS } from '../../presenters/told.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { OUTCOME_SYMBOLS } from './symbols.ts'

/** The card that a test posts: nobody may take it for an alert. */
export function testAlertView(edited: boolean, { ink }: Reader): Card {
  return makeCard({
    colour: 'unknown',
    texts: [
      [
        ink.title(`🧪 ${ink.t('alert-test.title')}`),
        ink.t('alert-test.text'),
        edited ? `✅ ${ink.t('alert-test.edited')}` : '',
      ]
        .filter(Boolean)
        .join('\n'),
    ],
  })
}

/** What the bot could do in the alert channel, and what it lacks. */
export function alertTestView(test: ChannelTest, reader: Reader): Card {
  const { ink } = reader
  const outcome = testOutcome(test)
  const verdict = { done: 'passed', partial: 'limited', failed: 'failed' } as const
  const title = ink.t(`alert-test.${verdict[outcome]}`, {}, { channel: `<#${test.channelId}>` })
  return makeCard({
    colour: OUTCOME_MOODS[outcome],
    texts: [
      ink.title(`${OUTCOME_SYMBOLS[outcome]} ${title}`),
      TEST_STEPS.map(
        (step) => `${test.passed.includes(step) ? '✅' : '❌'} ${ink.t(`alert-test.${step}`)}`,
      ).join('\n'),
      [
        test.missing === null ? `⚠️ ${ink.t('alert-test.no-channel')}` : missingText(test.missing, reader),
        test.problem === null
          ? ''
          : ink.small(ink.t('alert-test.refused', {}, { problem: ink.code(test.problem, 300) })),
      ]
        .filter(Boolean)
        .join('\n'),
    ],
  })
}

function missingText(missing: readonly string[], { ink }: Reader): string {
  if (missing.length === 0) return ''
  const permissions = missing.map((name) => ink.code(name, 60)).join(', ')
  return [
    `⚠️ ${ink.t('alert-test.missing', {}, { permissions })}`,
    ink.small(`→ ${ink.t('alert-test.grant')}`),
  ].join('\n')
}
