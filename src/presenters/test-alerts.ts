import { type ChannelTest, TEST_STEPS, testOutcome } from '../operations/test-alerts.ts'
import type { Ink } from './ink.ts'
import { aside, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const VERDICTS = { done: 'passed', partial: 'limited', failed: 'failed' } as const

/**
 * What the bot could do in the alert channel, and what it lacks.
 * @param channel the channel as the face names it
 */
export function channelTest(test: ChannelTest, ink: Ink, channel: string): Told {
  const outcome = testOutcome(test)
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`alert-test.${VERDICTS[outcome]}`, {}, { channel }),
    lead: [],
    parts: [
      TEST_STEPS.map(
        (step): Line => ({
          kind: 'check',
          passed: test.passed.includes(step),
          text: ink.t(
            step === 'clean' && test.thread === 'archived'
              ? 'alert-test.clean.archived'
              : `alert-test.${step}`,
          ),
        }),
      ),
      lines(
        test.thread === 'archived' && aside(ink.t('alert-test.thread-stays')),
        ...callLines(test.call, ink),
        ...missingLines(test.missing, ink),
        test.problem !== null &&
          aside(ink.t('alert-test.refused', {}, { problem: ink.code(test.problem, 300) })),
      ),
    ],
  }
}

function callLines(call: ChannelTest['call'], ink: Ink): Line[] {
  if (call === null) return []
  const role = ink.remote(call.role, 60)
  const check: Line = {
    kind: 'check',
    passed: call.state === 'heard',
    text: ink.t(`alert-test.call.${call.state}`, {}, { role }),
  }
  return call.state === 'heard' ? [check] : [check, { kind: 'next', text: ink.t('alert-test.call.next') }]
}

function missingLines(missing: ChannelTest['missing'], ink: Ink): Line[] {
  if (missing === null) return [text(ink.t('alert-test.no-channel'), 'warning')]
  if (missing.length === 0) return []
  const permissions = missing.map((name) => ink.code(name, 60)).join(', ')
  return [
    text(ink.t('alert-test.missing', {}, { permissions }), 'warning'),
    { kind: 'next', text: ink.t('alert-test.grant') },
  ]
}
