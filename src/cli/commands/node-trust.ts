import type { Report } from '../../operations/operation.ts'
import type { TrustPlan, TrustResult } from '../../operations/trust-node.ts'
import { trustNode } from '../../operations/trust-node.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, jumpLines, keyFacts, knownLines, unvouchedKey } from '../host-key.ts'
import { facts, OUTCOME_TONES, stateText } from '../views/readings.ts'

/** `ocm node trust`: approves the host key of a registered node. */
export async function nodeTrust(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const input = { node: args.required('node') }
  const context = await call.open('required')
  const report = await confirmAndRun(call, context, trustNode, input, {
    plan: (plan) => planText(plan, err),
    step: ({ step }) => err.t(`step.${step}`),
    refusal: ({ nodeId: node, offered, known, jump }) =>
      unvouchedKey({ node, offered, known }, jump) ?? {
        code: 'confirmation-needed',
        params: { operation: 'trust-node' },
      },
    accepted({ nodeId: node, offered: { fingerprint: offered }, known, jump }) {
      const accepted = acceptsHostKey(args, { node, offered, vouched: known !== 'new' })
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(report, out))
}

function planText(plan: TrustPlan, ink: Ink): string {
  const { offered, pinned, known } = plan
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const replaced = pinned.filter((fingerprint) => fingerprint !== offered.fingerprint)
  return [
    ink.paint('strong', ink.t('register.ask', { node })),
    ...(replaced.length > 0 && known !== 'same' ? [`  ${ink.paint('bad', ink.t('trust.ask.changed'))}`] : []),
    ...(replaced.length > 0
      ? [`  ${replaced.join(', ')} → ${ink.paint('strong', offered.fingerprint)}`]
      : []),
    ...facts(ink, [[ink.t('label.address'), ink.remote(`${plan.host}:${plan.sshPort}`)]]),
    ...keyFacts(offered, ink),
    ...knownLines(known, ink),
    ...jumpLines(plan.jump, ink),
  ].join('\n')
}

function resultText({ outcome, data }: Report<TrustResult>, ink: Ink): string {
  const node = ink.named(data.node)
  const title = ink.t(outcome === 'done' ? 'trust.done' : 'trust.partial', { node })
  return `${ink.paint(OUTCOME_TONES[outcome], title)}\n  ${stateText(ink, data)}\n`
}
