import type { Report } from '../../operations/operation.ts'
import type { RegisterPlan, RegisterResult, RegisterStep } from '../../operations/register-node.ts'
import type { TrustStep } from '../../operations/trust-node.ts'
import { dotted, firstOf } from '../../presenters/readings.ts'
import type { PlainKey } from '../../text/params.ts'
import { buttonRow, type Card, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, confirmControls, type PressedBy, pressedLine } from './confirm.ts'
import { hostKeyFacts, jumpFacts } from './host-key.ts'
import { anomalyText } from './node-status.ts'
import { stateLine } from './restart.ts'
import { stepLines } from './session-change.ts'
import { STATE_COLOURS } from './symbols.ts'

const ANOMALIES_SHOWN = 3

/** The host key that an admin approves before ocm logs in. */
export function registerPlanView(plan: RegisterPlan, asked: AskedBy, reader: Reader): Card {
  const { ink } = reader
  const { node, hostKey } = plan
  const { line, controls } = confirmControls(asked, reader, 'button.confirm-register')
  const fact = (label: PlainKey, value: string) => `${ink.strong(ink.t(label))} ${value}`
  const known = plan.known === 'known-hosts'
  return makeCard({
    colour: known && plan.jump?.known !== 'new' ? 'neutral' : 'warning',
    texts: [
      ink.title(`🔑 ${ink.t('register.ask', {}, { node: ink.named(node) })}`),
      [
        fact('label.address', ink.code(`${node.host}:${node.sshPort}`)),
        fact('label.user', ink.code(node.sshUser)),
        ...hostKeyFacts(hostKey, ink),
        node.ocPath === null ? '' : fact('label.path', ink.code(node.ocPath)),
        node.tags.length > 0
          ? fact(
              'label.tags',
              firstOf(
                ink,
                node.tags.map((tag) => ink.remote(tag, 32)),
                16,
              ),
            )
          : '',
      ]
        .filter(Boolean)
        .join('\n'),
      [
        known ? `✅ ${ink.t('register.ask.known')}` : `⚠️ ${ink.t('register.ask.new')}`,
        ink.small(ink.t('register.ask.compare')),
      ].join('\n'),
      jumpFacts(plan.jump, ink),
      line,
    ].filter(Boolean),
    controls,
  })
}

/** What is being done, with the steps so far; the last one is still going on. */
export function stepsCard(
  title: string,
  steps: readonly (RegisterStep | TrustStep)[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const lines = stepLines(steps.map(({ step }) => ink.t(`step.${step}`)))
  return makeCard({
    colour: 'neutral',
    texts: [[ink.title(`🔑 ${title}`), ...lines].join('\n'), pressedLine(pressed, reader)],
  })
}

/** The steps so far of taking in a node. */
export function registerProgressView(
  plan: RegisterPlan,
  steps: readonly RegisterStep[],
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const title = ink.t('register.progress', {}, { node: ink.named(plan.node) })
  return stepsCard(title, steps, pressed, reader)
}

/** A node that was taken in, with how it stands. */
export function registerResultView(
  report: Report<RegisterResult>,
  pressed: PressedBy | null,
  reader: Reader,
): Card {
  const { ink } = reader
  const { node, snapshot, anomalies } = report.data
  const version = snapshot.install.version.value
  const agents = snapshot.agents.value
  const shown = anomalies.slice(0, ANOMALIES_SHOWN).map((anomaly) => anomalyText(anomaly, ink))
  const more = anomalies.length - shown.length
  return makeCard({
    colour: STATE_COLOURS[snapshot.state],
    texts: [
      [
        ink.title(`✅ ${ink.t('register.done', {}, { node: ink.named(node) })}`),
        stateLine(snapshot, ink),
        dotted([
          version !== null && ink.t('word.version', { version }),
          agents !== null && ink.t('word.agents', { count: agents.length }),
        ]),
      ]
        .filter(Boolean)
        .join('\n'),
      [...shown, more > 0 ? ink.t('word.more', { count: more }) : ''].filter(Boolean).join('\n'),
      [pressedLine(pressed, reader), ink.small(ink.t('word.run', { id: report.operationId }))]
        .filter(Boolean)
        .join('\n'),
    ],
    controls: [
      buttonRow([
        { id: encodeCustomId('node-status', 'open', node.id), label: ink.t('button.status'), emoji: '🩺' },
        { id: encodeCustomId('node-list', 'open-all'), label: ink.t('button.list'), emoji: '📋' },
      ]),
    ],
  })
}
