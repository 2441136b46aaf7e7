import { registerNode } from '../../operations/register-node.ts'
import { hostOfAlias } from '../../operations/ssh-alias.ts'
import { registerPlan, registerResult, registerStep } from '../../presenters/register-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, unvouchedKey } from '../host-key.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node register`: takes in a node that runs already. */
export async function nodeRegister(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const config = args.text('ssh-config')
  const alias = config === undefined ? {} : await hostOfAlias(config, args.required('host'), call.signal)
  const given = {
    sshUser: args.text('ssh-user'),
    sshPort: args.number('ssh-port'),
    name: args.text('name'),
    gatewayPort: args.number('gateway-port'),
    ocPath: args.text('oc-path'),
    unit: args.text('unit'),
    unitLevel: args.text('unit-level'),
    jump: args.text('jump'),
  }
  const input = {
    id: args.required('id'),
    host: args.required('host'),
    tags: args.list('tag'),
    ...alias,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  const report = await confirmAndRun(call, context, registerNode, input, {
    plan: (plan) => questionText(registerPlan(plan, err), err),
    step: (step) => registerStep(step, err),
    refusal: ({ node, hostKey, known, jump }) =>
      unvouchedKey({ node: node.id, offered: hostKey, known }, jump),
    accepted: ({ node, hostKey, known, jump }) => {
      const { fingerprint: offered } = hostKey
      const accepted = acceptsHostKey(args, { node: node.id, offered, vouched: known === 'known-hosts' })
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(registerResult(report, out), report, out))
}
