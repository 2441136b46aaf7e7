import { setTagJump } from '../../operations/set-tag-jump.ts'
import { tagJumpPlan, tagJumpResult, tagJumpStep } from '../../presenters/set-tag-jump.ts'
import { ACCEPT_JUMP_KEY, type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsJumpKey, unvouchedKey } from '../host-key.ts'
import { questionText, resultText } from '../views/told.ts'

/** In place of a jump host: none at all. */
const NONE = '-'

/** `ocm node jump`: says through which jump host the nodes with a tag are reached. */
export async function nodeJump(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const jump = args.required('jump')
  const input = { tag: args.required('tag'), jump: jump === NONE ? null : jump, force: args.flag('force') }
  const report = await confirmAndRun(call, context, setTagJump, input, {
    plan: (plan) => questionText(tagJumpPlan(plan, err), err),
    step: (step) => tagJumpStep(step, err),
    refusal: ({ jump: offered }) => unvouchedKey(null, offered),
    accepted({ jump: host }) {
      // A key confirms the host that shows it; where there is none to compare, it says nothing.
      const named = Boolean(host?.offered) && args.text(ACCEPT_JUMP_KEY.name) !== undefined
      return acceptsJumpKey(args, host) && (args.flag('yes') || named)
    },
  })
  return answerOf(report, resultText(tagJumpResult(report, out), report, out))
}
