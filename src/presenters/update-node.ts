import type { Report } from '../operations/operation.ts'
import type { UpdateResult, UpdateStep } from '../operations/update-node.ts'
import type { UpdatePlan } from '../operations/update-plan.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, reasonText } from './readings.ts'
import { workLines } from './restart-node.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

const NAMES_SHOWN = 4
const NAME = 60
const VERSION = 40
const SAID = 200
/** Of one of many nodes there is room for less. */
const IN_A_ROW = { name: 20, said: 48 }
/** How OpenClaw begins what it says of every turn that failed: the cause follows. */
const PREAMBLE = /^[^\p{L}]*Agent failed before reply:\s*/u

/** The question before an update: which version becomes which, what it takes, and what runs. `why` is untrusted. */
export function updatePlan(plan: UpdatePlan, ink: Ink, why: string | null = null): Told {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const { freeBytes: free, neededBytes: needed, soakSeconds: seconds, nodeVersion, agents, channels } = plan
  const known = nodeVersion === null ? {} : { version: ink.remote(nodeVersion, VERSION) }
  return {
    mood: 'warning',
    title: ink.t('update.ask', {}, { node }),
    lead: lines(
      text(ink.t('update.ask.versions', {}, versionsOf(plan, ink))),
      text(ink.t(plan.bringsNode ? 'update.ask.node' : 'update.ask.node-fits', {}, known)),
      plan.doctor && text(ink.t('update.ask.doctor'), 'warning'),
      plan.resumes && text(ink.t('update.ask.resumes'), 'warning'),
      text(ink.t('update.ask.room', { free, needed })),
      text(
        ink.t('update.ask.gate', {
          seconds,
          ...(agents === null ? {} : { agents }),
          ...(channels === null || channels === 0 ? {} : { channels }),
        }),
      ),
      text(ink.t(plan.turn ? 'update.ask.turn' : 'update.ask.no-turn')),
    ),
    parts: [
      [stateLine(plan, ink, ink.t('label.state')), ...workLines({ ...plan, drain: plan.canDrain }, ink)],
      lines(text(ink.t('update.ask.effect'), 'warning'), why && fact(ink.t('label.reason'), ink.remote(why))),
    ],
  }
}

function versionsOf({ from, to }: Pick<UpdatePlan, 'from' | 'to'>, ink: Ink) {
  return { from: ink.remote(from, VERSION), to: ink.remote(to, VERSION) }
}

/** One step in words. */
export function updateStep(step: UpdateStep, ink: Ink): string {
  switch (step.step) {
    case 'backing-up':
    case 'bringing-node':
    case 'bringing-openclaw':
      return ink.t(`update.step.${step.step}`, {
        bytes: step.bytes,
        ...(step.total === null ? {} : { total: step.total }),
      })
    case 'draining':
      return ink.t('step.draining', { running: step.running, waited: step.waitedMs, limit: step.limitMs })
    case 'stopping':
      return ink.t('restore.step.stopping', { waited: step.waitedMs, limit: step.limitMs })
    case 'starting':
      return ink.t('restore.step.starting')
    case 'waiting':
      return dotted([
        ink.t('step.waiting', { waited: step.waitedMs, limit: step.limitMs }),
        step.reason && reasonText(ink, step.reason),
      ])
    case 'checking':
      return ink.t('update.step.checking', { waited: step.waitedMs, limit: step.limitMs })
    case 'trying-turn':
      return ink.t('update.step.trying-turn', {}, { agent: ink.code(step.agent, NAME) })
    case 'verified':
      return ink.t('step.verified')
    default:
      return ink.t(`update.step.${step.step}`)
  }
}

/** How an update ended: which version the node has, why, and what stays. */
export function updateResult({ data, outcome }: Report<UpdateResult>, ink: Ink, name = data.nodeId): Told {
  const node = ink.named({ id: data.nodeId, name })
  const { secondsDown, swept } = data
  const versions = versionsOf(data, ink)
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(
      data.fault === 'turn-silent' ? 'update.unknown-turn' : `update.${outcome}`,
      {},
      { node, to: versions.to },
    ),
    lead: lines(
      text(ink.t('update.from', {}, { ...versions, backup: ink.code(data.checkpoint) })),
      ...faultLines(data, ink),
      ...turnTexts(data.turn, ink).map((line) =>
        text(line, data.turn?.state === 'answered' ? 'well' : undefined),
      ),
      data.state === 'rolled-back' &&
        (data.serving
          ? text(ink.t('update.back', {}, { from: versions.from }), 'well')
          : text(ink.t('update.back-down', {}, { from: versions.from }), 'alarm')),
      data.state === 'rolled-back' && data.restored && text(ink.t('update.restored')),
      secondsDown !== null && text(ink.t('restore.down', { seconds: secondsDown })),
      swept.length > 0 && text(ink.t('update.swept', {}, { names: namesOf(swept, ink) })),
      (outcome === 'failed' || outcome === 'unknown') && {
        kind: 'next',
        text: ink.t(data.fault === 'turn-silent' ? 'update.unknown-turn.next' : `update.${outcome}.next`),
      },
    ),
    parts:
      data.logTail.length === 0
        ? []
        : [[{ kind: 'log', title: ink.t('restart.log-tail'), lines: data.logTail }]],
  }
}

/** What became of the turn of a gate; nothing where it did not come to that. */
function turnTexts(turn: UpdateResult['turn'], ink: Ink, room = { name: NAME, said: SAID }): string[] {
  if (turn === null) return []
  const { state, why, said, tookMs, left } = turn
  const agent = ink.code(turn.agent ?? '', room.name)
  return [
    state === 'answered' && ink.t('update.turn.answered', { ms: tookMs ?? 0 }, { agent }),
    state === 'not-run' && why !== null && ink.t(`update.turn.${why}`, {}, { agent }),
    state === 'failed' &&
      said &&
      ink.t('update.turn.failed', {}, { agent, said: ink.remote(said.replace(PREAMBLE, ''), room.said) }),
    left !== null && ink.t('update.turn.left', {}, { session: ink.code(left, room.said) }),
  ].filter((line): line is string => typeof line === 'string' && line !== '')
}

/** What became of the update of one of many nodes, in a line; empty where it runs the new version. */
export function updateBackText(
  {
    from,
    state,
    fault,
    serving,
    restored,
    turn,
  }: Pick<UpdateResult, 'from' | 'state' | 'fault' | 'serving' | 'restored' | 'turn'>,
  ink: Ink,
): string {
  const version = { from: ink.remote(from, VERSION) }
  return [
    fault !== null && ink.t(`update.fault.${fault}`, {}, {}),
    // That none was allowed is told once for all of them.
    ...(turn?.why === 'not-allowed' ? [] : turnTexts(turn, ink, IN_A_ROW)),
    state === 'rolled-back' && ink.t(serving ? 'update.back' : 'update.back-down', {}, version),
    state === 'rolled-back' && restored && ink.t('update.restored'),
  ]
    .filter(Boolean)
    .join(' ')
}

function faultLines({ fault, reason, agentsMissing, channelsDown }: UpdateResult, ink: Ink): Line[] {
  if (fault === null) return []
  const names = fault === 'agents-missing' ? agentsMissing : fault === 'channels-down' ? channelsDown : []
  const shown = names.length === 0 ? {} : { names: namesOf(names, ink) }
  return lines(
    text(ink.t(`update.fault.${fault}`, {}, shown), 'alarm'),
    reason && text(reasonText(ink, reason)),
  )
}

function namesOf(names: readonly string[], ink: Ink): string {
  return firstOf(
    ink,
    names.map((name) => ink.code(name, NAME)),
    NAMES_SHOWN,
  )
}
