import type { Report } from '../operations/operation.ts'
import type { Replaced } from '../operations/replace-state.ts'
import type { RestoreResult, RestoreStep } from '../operations/restore-node.ts'
import type { RestorePlan } from '../operations/restore-plan.ts'
import type { Ink } from './ink.ts'
import { dotted, firstOf, reasonText } from './readings.ts'
import { workLines } from './restart-node.ts'
import { movedLines, moveLines, rewrittenLines } from './restore-move.ts'
import { fact, type Line, lines, OUTCOME_MOODS, stateLine, type Told, text } from './told.ts'

/** How the state of a node was replaced, whatever it was compared with. */
type Ended = Omit<Replaced<unknown>, 'compared'>

const PLACES_SHOWN = 3
/** Of a result, which has several such lists, each of long paths: a card holds so much. */
const LEFT_SHOWN = 2
const PATH = 80
const NAME = 60

/** The question before a restore: what comes, what goes, and what runs. `why` is what the person gave; untrusted. */
export function restorePlan(plan: RestorePlan, ink: Ink, why: string | null = null): Told {
  const node = ink.named({ id: plan.nodeId, name: plan.nodeName })
  const { freeBytes: free, neededBytes: needed, freeHereBytes: here } = plan
  // A question about two nodes has more to tell.
  const shown = plan.move === null ? PLACES_SHOWN : 1
  const more = plan.replaced.length - shown
  return {
    mood: 'warning',
    title: ink.t('restore.ask', {}, { node }),
    lead: [
      text(dotted([ink.code(plan.backup), ink.time(plan.takenAt)])),
      text(ink.t('restore.ask.holds', contentOf(plan))),
      plan.verifiedAt === null
        ? text(ink.t('restore.ask.unverified'), 'warning')
        : text(ink.t('restore.ask.verified', {}, { when: ink.time(plan.verifiedAt) })),
      ...versionLines(plan, ink),
      ...(plan.move === null ? machineLines(plan, ink) : moveLines(plan.move, ink)),
    ],
    parts: [
      ...(plan.move === null ? [] : [rewrittenLines(plan.move, ink)]),
      lines(
        text(ink.t('restore.ask.replaced', { count: plan.replaced.length })),
        ...plan.replaced.slice(0, shown).map(
          ({ path, present, bytes }): Line => ({
            kind: 'item',
            text: present
              ? ink.t('restore.ask.place', { bytes }, { path: ink.code(path, PATH) })
              : ink.t('restore.ask.place-new', {}, { path: ink.code(path, PATH) }),
          }),
        ),
        more > 0 && { kind: 'item', text: ink.t('word.more', { count: more }) },
        text(ink.t('restore.ask.room', { free, needed, here })),
        plan.leftovers.length > 0 &&
          text(ink.t('restore.ask.leftovers', { count: plan.leftovers.length }), 'warning'),
      ),
      [stateLine(plan, ink, ink.t('label.state')), ...workLines({ ...plan, drain: plan.canDrain }, ink)],
      lines(
        text(ink.t('restore.ask.effect'), 'warning'),
        why && fact(ink.t('label.reason'), ink.remote(why)),
      ),
    ],
  }
}

function contentOf({ files, bytes, agents }: RestorePlan) {
  const known = agents?.every(({ sessions }) => sessions !== null)
  const sessions = known ? agents?.reduce((sum, one) => sum + (one.sessions ?? 0), 0) : undefined
  return {
    files,
    bytes,
    ...(agents === null ? {} : { agents: agents.length }),
    ...(sessions === undefined ? {} : { sessions }),
  }
}

function versionLines({ openclaw, databases }: RestorePlan, ink: Ink): Line[] {
  const shown = (value: string | null) => (value === null ? '?' : ink.remote(value, 40))
  const schemas = ({ state, agent }: RestorePlan['databases']['node']) => `${state ?? '–'}/${agent ?? '–'}`
  const any = Object.values(databases.backup).some((value) => value !== null)
  return lines(
    text(ink.t('restore.ask.versions', {}, { before: shown(openclaw.backup), after: shown(openclaw.node) })),
    any &&
      text(
        ink.t('restore.ask.schemas', { before: schemas(databases.backup), after: schemas(databases.node) }),
      ),
  )
}

function machineLines({ machine }: RestorePlan, ink: Ink): Line[] {
  const { differs } = machine
  if (differs === null) return [text(ink.t('restore.ask.machine-unknown'), 'warning')]
  if (differs.length === 0) return []
  const what = differs.map((mark) => ink.t(`machine-mark.${mark}`)).join(', ')
  const names = { before: ink.remote(machine.backup ?? '?', 40), after: ink.remote(machine.node, 40), what }
  return [text(ink.t('restore.ask.other-machine', {}, names), 'warning')]
}

/** One step in words. */
export function restoreStep(step: RestoreStep, ink: Ink): string {
  switch (step.step) {
    case 'verifying':
    case 'staging':
      return ink.t(`restore.step.${step.step}`, { bytes: step.bytes, total: step.total })
    case 'draining':
      return ink.t('step.draining', { running: step.running, waited: step.waitedMs, limit: step.limitMs })
    case 'stopping':
      return ink.t('restore.step.stopping', { waited: step.waitedMs, limit: step.limitMs })
    case 'waiting':
      return dotted([
        ink.t('step.waiting', { waited: step.waitedMs, limit: step.limitMs }),
        step.reason && reasonText(ink, step.reason),
      ])
    case 'verified':
      return ink.t('step.verified')
    default:
      return ink.t(`restore.step.${step.step}`)
  }
}

/** How a restore ended: which state the node has, what was not as it should be, and what stays on the node. */
export function restoreResult({ data, outcome }: Report<RestoreResult>, ink: Ink, name = data.nodeId): Told {
  const node = ink.named({ id: data.nodeId, name })
  const { secondsDown } = data
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(`restore.${outcome}`, {}, { node }),
    lead: lines(
      text(ink.t('restore.from', { backup: data.backup }, { when: ink.time(data.takenAt) })),
      ...faultLines(data, ink),
      stateText(data, ink),
      secondsDown !== null && text(ink.t('restore.down', { seconds: secondsDown })),
      ...comparedLines(data, ink),
      ...movedLines(data, ink),
      (outcome === 'failed' || outcome === 'unknown') && {
        kind: 'next',
        text: ink.t(`restore.${outcome}.next`),
      },
    ),
    parts: [asideLines(data, ink), keptLines(data, ink), placeLines(data, ink), logLines(data, ink)].filter(
      (part) => part.length > 0,
    ),
  }
}

function faultLines({ fault, reason, compared }: RestoreResult, ink: Ink): Line[] {
  if (fault === null) return []
  const because = reason && text(reasonText(ink, reason))
  if (fault !== 'agents-missing') return lines(faultLine({ fault }, ink), because)
  const names = namesOf(compared?.agentsMissing ?? [], ink)
  return lines(text(ink.t('restore.fault.agents-missing', {}, { names }), 'alarm'), because)
}

/** What went wrong, in a line. */
export function faultLine({ fault }: Pick<Ended, 'fault'>, ink: Ink): Line | null {
  return fault === null ? null : text(ink.t(`restore.fault.${fault}`), 'alarm')
}

/** Which state the node has, where that is known. */
export function stateText({ state, serving }: Ended, ink: Ink): Line | null {
  if (state === 'unproven') return null
  if (state === 'restored') return text(ink.t('restore.restored'), 'well')
  return serving ? text(ink.t('restore.back'), 'well') : text(ink.t('restore.back-down'), 'warning')
}

function comparedLines({ compared, state }: RestoreResult, ink: Ink): Line[] {
  if (compared === null || state !== 'restored') return []
  const { fewer, unusable, unread } = compared
  return lines(
    unread && text(ink.t('restore.unread'), 'warning'),
    ...fewer
      .slice(0, LEFT_SHOWN)
      .map(({ agent, had, missing }) =>
        text(ink.t('restore.fewer', { had, missing }, { agent: ink.code(agent, NAME) }), 'warning'),
      ),
    fewer.length > LEFT_SHOWN && text(ink.t('word.more', { count: fewer.length - LEFT_SHOWN }), 'warning'),
    unusable.length > 0 &&
      text(
        ink.t('restore.unusable', { count: unusable.length }, { names: namesOf(unusable, ink) }),
        'warning',
      ),
  )
}

/** What was put aside and stays. */
export function asideLines({ asides, state }: Ended, ink: Ink): Line[] {
  if (asides.length === 0 || state !== 'restored') return []
  const shown = asides.slice(0, LEFT_SHOWN)
  const commands = shown.map(({ removal }) => ink.code(removal, 2 * PATH))
  const more = asides.length - LEFT_SHOWN
  return lines(
    ...shown.map(({ path, bytes }) =>
      text(ink.t('restore.aside', bytes === null ? {} : { bytes }, { path: ink.code(path, PATH) }), 'kept'),
    ),
    more > 0 && text(ink.t('word.more', { count: more })),
    {
      kind: 'next',
      text: ink.t('restore.aside.next', {}, { commands: commands.join(' ') }),
    },
  )
}

/** What came up meanwhile and stays. */
export function keptLines({ kept }: Ended, ink: Ink): Line[] {
  const more = kept.length - LEFT_SHOWN
  return lines(
    ...kept.slice(0, LEFT_SHOWN).map(({ path, bytes }) => {
      const shown = { path: ink.code(path, PATH) }
      return bytes === null
        ? text(ink.t('restore.kept.unread', {}, shown), 'kept')
        : text(ink.t('restore.kept', { bytes }, shown), 'kept')
    }),
    more > 0 && text(ink.t('word.more', { count: more })),
  )
}

/** Where things lie while nobody knows. */
export function placeLines({ places, state }: Ended, ink: Ink): Line[] {
  if (state !== 'unproven') return []
  return places.slice(0, LEFT_SHOWN).map(({ real, aside }): Line => {
    const shown = ink.code(real, PATH)
    const words =
      aside === null
        ? ink.t('restore.unknown.place-new', {}, { real: shown })
        : ink.t('restore.unknown.place', {}, { real: shown, aside: ink.code(aside, PATH) })
    return { kind: 'item', text: words }
  })
}

/** What the gateway said that did not start. */
export function logLines({ logTail, state }: Ended, ink: Ink): Line[] {
  return logTail.length === 0 || state !== 'before'
    ? []
    : [{ kind: 'log', title: ink.t('restart.log-tail'), lines: logTail }]
}

function namesOf(names: readonly string[], ink: Ink): string {
  return firstOf(
    ink,
    names.map((name) => ink.code(name, NAME)),
    LEFT_SHOWN,
  )
}
