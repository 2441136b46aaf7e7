import { addBot } from '../../operations/add-bot.ts'
import { listBots } from '../../operations/list-bots.ts'
import { removeBot } from '../../operations/remove-bot.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { addBotPlan, addBotResult, addBotStep } from '../../presenters/add-bot.ts'
import { removeBotPlan, removeBotResult, removeBotStepBegins } from '../../presenters/remove-bot.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { createLiveText } from '../live.ts'
import { botListText } from '../views/bots.ts'
import { questionText, resultText } from '../views/told.ts'

/** `ocm bot list`: the agents of a node or of the fleet, from memory or live. */
export async function list(call: Call): Promise<Answer> {
  const { args, terminal, json, out, signal } = call
  const asked = args.flag('live')
  const context = await call.open(asked ? 'required' : 'none')
  const live = createLiveText(terminal)
  const width = () => terminal.screen()?.columns ?? null
  const input = { node: args.text('node') ?? null, tags: args.list('tag'), live: asked }
  try {
    const report = await runOperation(context, call.actor, listBots, input, {
      signal,
      onProgress: (list) => {
        if (!json) live.draw(botListText(list, out, width()))
      },
    })
    live.clear()
    return answerOf(report, botListText(report.data, out, width()))
  } finally {
    live.clear()
  }
}

/** `ocm bot add`: makes an agent on a node. */
export async function add(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const input = {
    node: args.required('node'),
    id: args.required('id'),
    name: args.text('name'),
    model: args.text('model'),
    workspace: args.text('workspace'),
    bindings: args.list('bind'),
  }
  const report = await confirmAndRun(call, context, addBot, input, {
    plan: (plan) => questionText(addBotPlan(plan, err), err),
    step: (step) => addBotStep(step, err),
  })
  return answerOf(report, resultText(addBotResult(report, out), report, out))
}

/** `ocm bot remove`: backs up a node and deletes one of its agents. */
export async function remove(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const input = { node: args.required('node'), id: args.required('id') }
  const report = await confirmAndRun(call, context, removeBot, input, {
    plan: (plan) => questionText(removeBotPlan(plan, err), err),
    step: (step) => removeBotStepBegins(step, err),
  })
  return answerOf(report, resultText(removeBotResult(report, out), report, out))
}
