import { type EditPlan, type EditResult, editNode } from '../../operations/edit-node.ts'
import type { Report } from '../../operations/operation.ts'
import type { Ink } from '../../presenters/ink.ts'
import type { PlainKey } from '../../text/params.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { acceptsHostKey, acceptsJumpKey, jumpLines, keyFacts, knownLines, unvouchedKey } from '../host-key.ts'
import { facts, OUTCOME_TONES, stateText } from '../views/readings.ts'

/** In place of tags or of a jump host: none at all. */
const NONE = '-'

const LABELS = {
  name: 'label.name',
  host: 'label.host',
  sshPort: 'label.ssh-port',
  sshUser: 'label.user',
  gatewayPort: 'label.port',
  ocPath: 'label.path',
  jump: 'label.jump',
  tags: 'label.tags',
} as const satisfies Record<EditPlan['changes'][number]['field'], PlainKey>

/** `ocm node edit`: changes what ocm knows of a node. */
export async function nodeEdit(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const context = await call.open('required')
  const tags = args.list('tag')
  const jump = args.text('jump')
  const input = {
    node: args.required('node'),
    name: args.text('name'),
    host: args.text('host'),
    sshPort: args.number('ssh-port'),
    sshUser: args.text('ssh-user'),
    gatewayPort: args.number('gateway-port'),
    ocPath: args.text('oc-path'),
    jump: jump === NONE ? null : jump,
    tags: tags.length === 0 ? undefined : tags.filter((tag) => tag !== NONE),
    force: args.flag('force'),
  }
  const report = await confirmAndRun(call, context, editNode, input, {
    plan: (plan) => planText(plan, err),
    step: ({ step }) => err.t(`step.${step}`),
    refusal: ({ nodeId: node, offered, known, jump }) =>
      unvouchedKey({ node, offered, known }, jump) ?? {
        code: 'confirmation-needed',
        params: { operation: 'edit-node' },
      },
    accepted: ({ nodeId, offered, known, jump }) => {
      const accepted = offered
        ? acceptsHostKey(args, { node: nodeId, offered: offered.fingerprint, vouched: known !== 'new' })
        : args.flag('yes')
      return acceptsJumpKey(args, jump) && accepted
    },
  })
  return answerOf(report, resultText(report, out))
}

function planText(plan: EditPlan, ink: Ink): string {
  const { offered, known, looks, force } = plan
  const moves = plan.changes.some(({ field }) => ['host', 'sshPort', 'jump'].includes(field))
  const key =
    offered && known
      ? [`  ${ink.t('edit.ask.key')}`, ...keyFacts(offered, ink), ...knownLines(known, ink)]
      : moves
        ? [`  ${ink.paint('warning', ink.t('edit.ask.no-key'))}`]
        : []
  return [
    ink.paint('strong', ink.t('edit.ask', { node: ink.named({ id: plan.nodeId, name: plan.nodeName }) })),
    ...changeLines(plan.changes, ink),
    ...jumpLines(plan.jump, ink),
    ...key,
    ...(looks ? [`  ${ink.t(force ? 'edit.ask.force' : 'edit.ask.looks')}`] : []),
  ].join('\n')
}

function resultText({ outcome, data }: Report<EditResult>, ink: Ink): string {
  const { node, changes, state, reason } = data
  const title = ink.t(outcome === 'partial' ? 'edit.partial' : 'edit.done', { node: ink.named(node) })
  return [
    ink.paint(OUTCOME_TONES[outcome], title),
    ...(state === null ? [] : [`  ${stateText(ink, { state, reason })}`]),
    ...changeLines(changes, ink),
    '',
  ].join('\n')
}

function changeLines(changes: EditPlan['changes'], ink: Ink): string[] {
  const shown = (value: string | null) => (value === null ? ink.t('edit.none') : ink.remote(value, 400))
  return facts(
    ink,
    changes.map(({ field, from, to }) => [ink.t(LABELS[field]), `${shown(from)} → ${shown(to)}`] as const),
  )
}
