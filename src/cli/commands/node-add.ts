import { type AddStep, addNode } from '../../operations/add-node.ts'
import { keepAddition } from '../../operations/keep-addition.ts'
import { planOperation, runOperation } from '../../operations/run-operation.ts'
import { undoAddNode } from '../../operations/undo-add-node.ts'
import {
  addNodePlan,
  addNodeResult,
  addNodeStep,
  keepAdditionResult,
  undoAddNodePlan,
  undoAddNodeResult,
  undoAddNodeStep,
} from '../../presenters/add-node.ts'
import { type Answer, answerOf, type Call, plainAnswer } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, unvouchedKey } from '../host-key.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm node add`: makes a node of a machine; without a host it goes on with what did not come to its end. */
export async function nodeAdd(call: Call): Promise<Answer> {
  const { args, out, err, signal, actor } = call
  const given = {
    host: args.text('host'),
    sshUser: args.text('ssh-user'),
    sshPort: args.number('ssh-port'),
    name: args.text('name'),
    gatewayPort: args.number('gateway-port'),
    version: args.text('openclaw'),
    model: args.text('model'),
    secret: args.text('secret'),
  }
  const input = {
    id: args.required('id'),
    tags: args.list('tag'),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  }
  const context = await call.open('required')
  if (args.flag('dry-run')) {
    const { plan } = await planOperation(context, actor, addNode, input, { signal })
    return plainAnswer('done', { plan }, `${questionText(addNodePlan(plan, out, true), out)}\n`)
  }
  const report = await confirmAndRun(call, context, addNode, input, {
    plan: (plan) => questionText(addNodePlan(plan, err, true), err),
    step: (step) => addNodeStep(begun(step), err),
    refusal: ({ wanted, hostKey, known }) =>
      unvouchedKey({ node: wanted.id, offered: hostKey, known: vouched(known) }, null),
    accepted: ({ wanted, hostKey: { fingerprint: offered }, known }) =>
      acceptsHostKey(args, { node: wanted.id, offered, vouched: known !== 'new' }),
  })
  const next = out.t('cli.add.next', { id: report.data.id })
  return answerOf(report, resultText(addNodeResult(report, out, next), report, out))
}

/** The key of an earlier attempt was approved then. */
function vouched(known: 'known-hosts' | 'pinned' | 'new'): 'known-hosts' | 'new' {
  return known === 'new' ? 'new' : 'known-hosts'
}

/** A line when a step begins and one when it has ended, not one for each look at it. */
function begun(step: AddStep): AddStep {
  return { ...step, part: null }
}

/** `ocm node add-keep`: leaves a machine as an addition that stopped has left it. */
export async function nodeAddKeep(call: Call): Promise<Answer> {
  const { args, out, actor, signal } = call
  const reason = args.text('reason')
  const context = await call.open('required')
  const report = await runOperation(
    context,
    actor,
    keepAddition,
    { id: args.required('id') },
    { signal, ...(reason === undefined ? {} : { reason }) },
  )
  return answerOf(report, resultText(keepAdditionResult(report, out), report, out))
}

/** `ocm node add-undo`: takes back an addition that did not come to its end. */
export async function nodeAddUndo(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const report = await confirmAndRun(
    call,
    context,
    undoAddNode,
    { id: args.required('id') },
    {
      plan: (plan) => questionText(undoAddNodePlan(plan, err), err),
      step: (step) => undoAddNodeStep(step, err),
    },
  )
  return answerOf(report, resultText(undoAddNodeResult(report, out), report, out))
}
