import { editNode } from '../../operations/edit-node.ts'
import { editPlan, editResult, editStep } from '../../presenters/edit-node.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, unvouchedKey } from '../host-key.ts'
import { questionText, resultText } from '../views/told.ts'

/** In place of tags or of a jump host: none at all. */
const NONE = '-'

/** `ocm node edit`: changes what ocm knows of a node. */
export async function nodeEdit(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const tags = args.list('tag')
  const jump = args.text('jump')
  const unit = args.text('unit')
  const input = {
    node: args.required('node'),
    name: args.text('name'),
    host: args.text('host'),
    sshPort: args.number('ssh-port'),
    sshUser: args.text('ssh-user'),
    gatewayPort: args.number('gateway-port'),
    ocPath: args.text('oc-path'),
    unit: unit === NONE ? null : unit,
    unitLevel: args.text('unit-level'),
    jump: jump === NONE ? null : jump,
    tags: tags.length === 0 ? undefined : tags.filter((tag) => tag !== NONE),
    force: args.flag('force'),
  }
  const report = await confirmAndRun(call, context, editNode, input, {
    plan: (plan) => questionText(editPlan(plan, err), err),
    step: (step) => editStep(step, err),
    refusal: ({ nodeId: node, offered, known, jump }) => unvouchedKey({ node, offered, known }, jump),
    accepted: ({ nodeId, offered, known, jump }) => {
      const accepted = offered
        ? acceptsHostKey(args, { node: nodeId, offered: offered.fingerprint, vouched: known !== 'new' })
        : args.flag('yes')
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(editResult(report, out), report, out))
}
