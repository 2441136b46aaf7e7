import type { RegisterPlan, RegisterResult } from '../../operations/register-node.ts'
import { registerNode } from '../../operations/register-node.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, jumpLines, keyFacts, knownLines, unvouchedKey } from '../host-key.ts'
import { anomalyLines } from '../views/node-status.ts'
import { facts, stateText } from '../views/readings.ts'

/** `ocm node register`: takes in a node that runs already. */
export async function nodeRegister(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const given = {
    sshPort: args.number('ssh-port'),
    name: args.text('name'),
    gatewayPort: args.number('gateway-port'),
    ocPath: args.text('oc-path'),
    jump: args.text('jump'),
  }
  const input = {
    id: args.required('id'),
    host: args.required('host'),
    sshUser: args.required('ssh-user'),
    tags: args.list('tag'),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  const report = await confirmAndRun(call, context, registerNode, input, {
    plan: (plan) => planText(plan, err),
    step: ({ step }) => err.t(`step.${step}`),
    refusal: ({ node, hostKey, known, jump }) =>
      unvouchedKey({ node: node.id, offered: hostKey, known }, jump) ?? {
        code: 'confirmation-needed',
        params: { operation: 'register-node' },
      },
    accepted: ({ node, hostKey, known, jump }) => {
      const { fingerprint: offered } = hostKey
      const accepted = acceptsHostKey(args, { node: node.id, offered, vouched: known === 'known-hosts' })
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(report.data, out))
}

function planText({ node, hostKey, known, jump }: RegisterPlan, ink: Ink): string {
  return [
    ink.paint('strong', ink.t('register.ask', { node: ink.named(node) })),
    ...facts(ink, [
      [ink.t('label.address'), ink.remote(`${node.host}:${node.sshPort}`)],
      [ink.t('label.user'), ink.remote(node.sshUser)],
    ]),
    ...keyFacts(hostKey, ink),
    ...knownLines(known, ink),
    ...jumpLines(jump, ink),
  ].join('\n')
}

function resultText({ node, snapshot, anomalies }: RegisterResult, ink: Ink): string {
  return `${[
    ink.paint('good', ink.t('register.done', { node: ink.named(node) })),
    `  ${stateText(ink, snapshot)}`,
    ...anomalies.flatMap((anomaly) => anomalyLines(anomaly, ink)),
  ].join('\n')}\n`
}
