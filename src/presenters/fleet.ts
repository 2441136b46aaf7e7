import type { ErrorParams } from '../base/errors.ts'
import type { FleetResult, FleetRow, FleetStep } from '../operations/fleet-change.ts'
import type { FleetPlan, PlannedNode } from '../operations/fleet-plan.ts'
import type { Report } from '../operations/operation.ts'
import type { Ink, Tone, Words } from './ink.ts'
import { dotted, firstOf } from './readings.ts'
import { aside, fact, type Line, lines, type Mood, OUTCOME_MOODS, type Told, text } from './told.ts'
import { updateBackText, updateStep } from './update-node.ts'

/** For how many names there is room in a face. */
export interface Room {
  nodes: number
  /** Of each reason why nodes are left out. */
  left: number
  versions: number
  /** Groups of nodes that are alike in what is done to them; twice as many reasons why others are left out. */
  groups: number
}
/** Longer values of an error say nothing more. */
const PARAM = 60
const VERSION = 40

/** A change that is made on many nodes at once. */
export type FleetVerb = 'restart' | 'backup' | 'maintenance' | 'update'

/** The question before a change of many nodes: which, in which order, and which are left out. */
export function fleetPlan(
  verb: FleetVerb,
  plan: FleetPlan,
  room: Room,
  ink: Ink,
  why: string | null = null,
): Told {
  const count = plan.nodes.length
  return {
    mood: 'warning',
    title: fleetQuestion(verb, plan, ink),
    lead: lines(
      ...tagLines(plan.tags, ink),
      // Those of an update are named with their versions.
      verb === 'update'
        ? text(ink.t('fleet.nodes', { count }))
        : fact(ink.t('fleet.nodes', { count }), namesOf(plan.nodes, room.nodes, ink)),
    ),
    parts: [
      lines(
        ...(verb === 'update' ? updateLines(plan, room, ink) : []),
        text(effectOf(verb, plan, ink)),
        verb === 'update' &&
          text(ink.t(plan.asked.turn === true ? 'fleet.update.turn' : 'update.ask.no-turn')),
        why && fact(ink.t('label.reason'), ink.remote(why)),
        ...leftLines(plan.left, room, ink),
      ),
    ],
  }
}

export function tagLines(tags: readonly string[], ink: Ink): Line[] {
  return tags.length === 0 ? [] : [fact(ink.t('label.tags'), tags.map((tag) => ink.code(tag)).join(', '))]
}

/** The question alone. */
export function fleetQuestion(verb: FleetVerb, { nodes, asked }: FleetPlan, ink: Words): string {
  const count = nodes.length
  if (verb === 'update') return ink.t('fleet.update.ask', { count, to: String(asked.to) })
  if (verb !== 'maintenance') return ink.t(`fleet.${verb}.ask`, { count })
  return ink.t(asked.on === true ? 'fleet.maintenance.ask-on' : 'fleet.maintenance.ask-off', { count })
}

function effectOf(verb: FleetVerb, { waves, asked }: FleetPlan, ink: Ink): string {
  if (verb === 'restart') return ink.t('fleet.restart.effect', { waves: waves.join(' → ') })
  if (verb === 'update') return ink.t('fleet.update.effect', { waves: waves.join(' → ') })
  if (verb === 'backup') return ink.t('fleet.backup.effect')
  if (asked.on !== true) return ink.t('fleet.maintenance.effect-off')
  return ink.t(
    'fleet.maintenance.effect-on',
    typeof asked.minutes === 'number' ? { ms: asked.minutes * 60_000 } : {},
  )
}

/** From which version each node comes, and what it takes: one line for all that are alike. */
function updateLines({ nodes, asked }: FleetPlan, room: Room, ink: Ink): Line[] {
  const groups = alike(nodes, ({ update }) => JSON.stringify(update))
  const shown = groups.slice(0, room.groups)
  const each = Math.ceil(room.nodes / Math.max(1, shown.length))
  return lines(
    ...shown.map((group) => updateLine(group, String(asked.to), each, ink)),
    ...moreLines(groups.slice(room.groups), ink),
  )
}

function updateLine(group: readonly PlannedNode[], to: string, names: number, ink: Ink): Line | null {
  const update = group[0]?.update
  if (!update) return null
  return fact(
    `${ink.remote(update.from, VERSION)} → ${ink.remote(to, VERSION)}`,
    dotted([
      namesOf(group, names, ink),
      update.bringsNode && ink.t('fleet.update.node'),
      update.doctor && ink.t('fleet.update.doctor'),
      update.resumes && ink.t('fleet.update.resumes'),
      update.blind && ink.t('fleet.update.blind'),
    ]),
  )
}

/** Nodes that are left out for the same reason are told together. */
function leftLines(left: FleetPlan['left'], room: Room, ink: Ink): Line[] {
  const groups = alike(left, ({ why, error }) =>
    JSON.stringify([why, error?.code, error?.params.why, error?.params.from]),
  )
  const shown = groups.slice(0, 2 * room.groups)
  // Many reasons leave room for few names of each.
  const names = shown.length > room.groups ? Math.ceil(room.left / 3) : room.left
  return lines(
    ...shown.map((group) => leftLine(group, names, ink)),
    ...moreLines(groups.slice(2 * room.groups), ink),
  )
}

function leftLine(group: FleetPlan['left'], most: number, ink: Ink): Line | null {
  const [first] = group
  if (!first) return null
  const names = namesOf(group, most, ink)
  const count = group.length
  const { why, error } = first
  if (why !== 'impossible') return aside(ink.t(`fleet.left.${why}`, { count }, { names }))
  // Their names stand before it.
  const { node: _, ...params } = error?.params ?? {}
  const reason = ink.coded(`error.${error?.code ?? 'internal'}`, shortened(params))
  return aside(ink.t('fleet.left.impossible', { count }, { names, reason }))
}

function alike<T>(items: readonly T[], keyOf: (item: T) => string | undefined): T[][] {
  const groups = new Map<string | undefined, T[]>()
  for (const item of items) {
    const group = groups.get(keyOf(item))
    if (group) group.push(item)
    else groups.set(keyOf(item), [item])
  }
  return [...groups.values()]
}

function moreLines(rest: readonly (readonly unknown[])[], ink: Ink): Line[] {
  const count = rest.flat().length
  return count === 0 ? [] : [aside(ink.t('word.more', { count }))]
}

export function namesOf(nodes: readonly { id: string }[], shown: number, ink: Ink): string {
  return firstOf(
    ink,
    nodes.map(({ id }) => ink.code(id)),
    shown,
  )
}

const TONES: Record<FleetRow['state'], Tone> = {
  waiting: 'dim',
  running: 'strong',
  done: 'good',
  partial: 'warning',
  failed: 'bad',
  unknown: 'warning',
  refused: 'warning',
  stopped: 'dim',
  'not-begun': 'dim',
}

/** One node of a change of many: how it stands, why, and how long it took. */
export function fleetRowText(row: FleetRow, ink: Ink): string {
  const state = ink.paint(TONES[row.state], ink.t(`fleet.state.${row.state}`))
  return dotted([
    `${ink.code(row.id)} ${state}`,
    row.step && updateStep('reason' in row.step ? { ...row.step, reason: null } : row.step, ink),
    row.update && updateBackText(row.update, ink),
    // That nothing was changed says all of one that was stopped; who stopped it is told of all.
    row.error !== null &&
      row.state !== 'stopped' &&
      ink.coded(`error.${row.error.code}`, shortened(row.error.params)),
    row.tookMs !== null && ink.duration(row.tookMs),
  ])
}

function shortened(params: ErrorParams): ErrorParams {
  return Object.fromEntries(
    Object.entries(params).map(([key, value]) => [
      key,
      typeof value === 'string' ? value.slice(0, PARAM) : value,
    ]),
  )
}

/** Every row of a run as it was last told. */
export function fleetRows({ nodes }: FleetPlan, steps: readonly FleetStep[]): FleetRow[] {
  const told = new Map(steps.map(({ changed }) => [changed.id, changed]))
  return nodes.map(
    ({ id, name }) => told.get(id) ?? { id, name, state: 'waiting', error: null, tookMs: null },
  )
}

/** How many are over, of how many. */
export function fleetShare(rows: readonly FleetRow[]): { ended: number; total: number } {
  const open = rows.filter(({ state }) => state === 'waiting' || state === 'running').length
  return { ended: rows.length - open, total: rows.length }
}

/** The rows that are worth a line where there is no room for all: what moves and what went wrong, then the rest. */
export function rowsWorthShowing(rows: readonly FleetRow[], most: number): FleetRow[] {
  const rank = ({ state }: FleetRow) =>
    state === 'running' ? 1 : state === 'done' ? 2 : ['waiting', 'not-begun'].includes(state) ? 3 : 0
  return rows.toSorted((a, b) => rank(a) - rank(b)).slice(0, most)
}

/** How a change of many nodes ended. `shown`: how many nodes there is room for. */
export function fleetResult(
  verb: FleetVerb,
  { data, outcome }: Report<FleetResult>,
  shown: number,
  room: Room,
  ink: Ink,
): Told {
  const { rows, haltedBy, stopped, stoppedBy, left } = data
  const done = rows.filter(({ state }) => state === 'done').length
  const seen = rowsWorthShowing(rows, shown)
  const more = rows.length - seen.length
  return {
    mood: moodOf(outcome, data),
    title: ink.t(`fleet.${verb}.result`, { done, count: rows.length }),
    lead: lines(
      haltedBy !== null && text(ink.t('fleet.halted', {}, { node: ink.code(haltedBy) }), 'alarm'),
      stopped && text(ink.t('fleet.stopped', {}, stoppedBy ? { by: ink.remote(stoppedBy, PARAM) } : {})),
      rows.some(({ update }) => update?.turn?.why === 'not-allowed') &&
        text(ink.t('update.turn.not-allowed')),
    ),
    parts: [
      lines(
        ...seen.map((row): Line => ({ kind: 'item', text: fleetRowText(row, ink) })),
        more > 0 && { kind: 'item', text: ink.t('word.more', { count: more }) },
      ),
      lines(
        ...leftLines(left, room, ink),
        outcome !== 'done' && {
          kind: 'next',
          text: ink.t(nextOf(verb, data)),
        },
      ),
    ],
  }
}

function moodOf(outcome: Report<FleetResult>['outcome'], data: FleetResult): Mood {
  if (wasOnlyStopped(data)) return 'neutral'
  // Some of it was done, but a node that is broken now counts for more.
  return data.rows.some(({ state }) => state === 'failed') ? 'bad' : OUTCOME_MOODS[outcome]
}

/** Whether nothing else kept it from being done: there is no cause to mend. */
export function wasOnlyStopped({ stopped, rows }: FleetResult): boolean {
  return stopped && rows.every(({ state }) => ['done', 'stopped', 'not-begun'].includes(state))
}

function nextOf(verb: FleetVerb, data: FleetResult) {
  if (verb === 'update') return wasOnlyStopped(data) ? 'fleet.update.stopped.next' : 'fleet.update.next'
  return wasOnlyStopped(data) ? 'fleet.stopped.next' : 'fleet.next'
}
