import { type RemovePlan, removeNode } from '../../operations/remove-node.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { facts } from '../views/readings.ts'

/** `ocm node remove`: forgets a node. */
export async function nodeRemove(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('none')
  const report = await confirmAndRun(
    call,
    context,
    removeNode,
    { node: args.required('node') },
    {
      plan: (plan) => planText(plan, err),
    },
  )
  const title = out.t('remove.done', { node: out.named(report.data.node) })
  return answerOf(report, `${out.paint('good', title)}\n  ${out.t('remove.back')}\n`)
}

function planText(plan: RemovePlan, ink: Ink): string {
  const { openIncidents: count } = plan
  return [
    ink.paint('strong', ink.t('remove.ask', { node: ink.named(plan) })),
    ...facts(ink, [
      [ink.t('label.address'), ink.remote(`${plan.sshUser}@${plan.host}:${plan.sshPort}`)],
      ...(plan.tags.length > 0 ? [[ink.t('label.tags'), plan.tags.join(', ')] as const] : []),
    ]),
    `  ${ink.t('remove.ask.effect')}`,
    ...(count > 0 ? [`  ${ink.paint('warning', ink.t('remove.ask.incidents', { count }))}`] : []),
  ].join('\n')
}
