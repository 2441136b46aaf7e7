import { type ChannelTest, testOutcome } from '../../operations/test-alerts.ts'
import { channelTest } from '../../presenters/test-alerts.ts'
import { type Card, makeCard } from '../card.ts'
import type { Reader } from '../reader.ts'
import { OUTCOME_SYMBOLS } from './symbols.ts'
import { textsOf } from './told.ts'

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
export function alertTestView(test: ChannelTest, { ink }: Reader): Card {
  const told = channelTest(test, ink, `<#${test.channelId}>`)
  return makeCard({ colour: told.mood, texts: textsOf(OUTCOME_SYMBOLS[testOutcome(test)], told, ink) })
}
