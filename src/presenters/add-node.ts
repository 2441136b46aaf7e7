import type { AddPlan, AddResult, AddStep } from '../operations/add-node.ts'
import type { KeepResult } from '../operations/keep-addition.ts'
import type { Outcome, Report } from '../operations/operation.ts'
import type { UndoAddPlan, UndoAddResult, UndoAddStep } from '../operations/undo-add-node.ts'
import type { StepName } from '../provision/step.ts'
import { compareLines, hostKeyLines, knownLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { namesakeLines } from './namesake.ts'
import { dotted, reasonText } from './readings.ts'
import { tagsText } from './register-node.ts'
import { aside, fact, type Line, lines, OUTCOME_MOODS, type Told, text } from './told.ts'

const COMMAND = 120
const EVIDENCE = 90
const DETAIL = 200
const PATHS_SHOWN = 12
const COMMANDS_SHOWN = 16
/** Of a card, which has an end. */
const LINES_OF_DETAIL = 8

/**
 * The question before a machine becomes a node, with the commands of each step.
 * @param whole every command as it is; else as much of each as a card has room for
 */
export function addNodePlan(plan: AddPlan, ink: Ink, whole = false): Told {
  const { wanted, name, tags, hostKey, known, acted } = plan
  const node = ink.named({ id: wanted.id, name })
  const { host, sshPort, sshUser } = wanted
  const key = known === 'pinned' ? 'known-hosts' : known
  return {
    mood: known === 'new' ? 'warning' : 'neutral',
    title:
      acted.length > 0
        ? ink.t('add.ask.resume', {}, { node })
        : ink.t('add.ask', {}, { host: ink.remote(host, 120) }),
    lead: [text(ink.t('add.ask.effect'))],
    parts: [
      lines(
        fact(ink.t('option.name'), node),
        ...namesakeLines(plan.namesake, ink),
        fact(ink.t('label.address'), ink.code(`${sshUser}@${host}:${sshPort}`)),
        fact('OpenClaw', wanted.version === null ? '–' : ink.code(wanted.version)),
        wanted.model !== null && fact(ink.t('option.model'), ink.code(wanted.model)),
        tags.length > 0 && fact(ink.t('label.tags'), tagsText(tags, ink)),
        wanted.secret === null
          ? text(ink.t('add.ask.no-secret'), 'warning')
          : text(ink.t('add.ask.secret', {}, { secret: ink.code(wanted.secret) })),
        acted.length > 0 && text(ink.t('add.ask.done-before', { count: acted.length })),
      ),
      lines(
        ...hostKeyLines(hostKey, ink),
        ...(known === 'pinned' ? [text(ink.t('add.ask.key-kept'))] : knownLines(key, ink)),
        ...compareLines(ink, key),
      ),
      lookedLines(plan, ink),
      commandLines(plan, ink, whole),
    ],
  }
}

/** What was checked already, and what only the steps will. */
function lookedLines({ looked: { login, reason, portTaken }, wanted }: AddPlan, ink: Ink): Line[] {
  // A name of a door, no quantity.
  const port = String(wanted.gatewayPort)
  if (login === 'not-tried') return [text(ink.t('add.ask.not-looked', { port }), 'warning')]
  if (login === 'failed')
    return [
      text(
        ink.t('add.ask.login-fails', {}, { reason: reason === null ? '–' : reasonText(ink, reason) }),
        'alarm',
      ),
      text(ink.t('add.ask.port-unseen', { port }), 'warning'),
    ]
  const portLine =
    portTaken === null
      ? text(ink.t('add.ask.port-unseen', { port }), 'warning')
      : portTaken
        ? text(ink.t('add.ask.port-taken', { port }), 'warning')
        : text(ink.t('add.ask.port-free', { port }), 'well')
  return [text(ink.t('add.ask.login-works'), 'well'), portLine]
}

function commandLines({ commands }: AddPlan, ink: Ink, whole: boolean): Line[] {
  const item = (words: string): Line => ({ kind: 'item', text: words })
  const linesOf = (step: StepName, ones: readonly string[]): Line[] => {
    if (!whole) return ones.map((command) => item(ofStep(step, ink.code(command, COMMAND), ink)))
    // Of a command that has several lines each stays one: put together they are no command.
    return [
      text(ink.t(`add-step.${step}`)),
      ...ones.flatMap((command) => command.split('\n').map((line) => item(ink.code(line)))),
    ]
  }
  const all = commands.flatMap(({ step, commands: ones }) => linesOf(step, ones))
  return [text(ink.t('add.ask.commands')), ...(whole ? all : all.slice(0, COMMANDS_SHOWN))]
}

/** Every command of a plan as it is, below the name of its step; for a file. */
export function addNodeCommands({ commands }: AddPlan, ink: Ink): string {
  return commands
    .map(({ step, commands: ones }) => `# ${ink.t(`add-step.${step}`)}\n${ones.join('\n')}\n`)
    .join('\n')
}

/** One step in words. */
export function addNodeStep(step: AddStep, ink: Ink): string {
  const name = ink.t(`add-step.${step.step}`)
  const { part } = step
  if (step.phase === 'ended') return stepText(step.step, step, ink)
  if (part === null) return name
  if (part.unit === 'ms') return dotted([name, ink.duration(part.done)])
  const percent = part.total === null ? null : ink.percent((100 * part.done) / part.total)
  return dotted([name, percent])
}

function stepText(
  name: AddStep['step'],
  { state, evidence, seen, tookMs }: Pick<AddStep, 'state' | 'evidence' | 'seen' | 'tookMs'>,
  ink: Ink,
): string {
  return dotted([
    ink.t(`add-step.${name}`),
    ink.duration(tookMs),
    state === 'not-needed' && ink.t('add.not-needed'),
    ...(seen.length > 0 ? seenTexts(seen, ink) : [evidence !== '' && ink.remote(evidence, EVIDENCE)]),
  ])
}

/**
 * How an addition ended: each step with what was seen, and what to do about the one that failed.
 * @param next the ways on, in the words of a face
 */
export function addNodeResult(
  { data, outcome, durationMs }: Report<AddResult>,
  ink: Ink,
  next = ink.t('add.next'),
): Told {
  const { fault } = data
  const failed = outcome === 'unknown' ? 'add.unknown' : 'add.failed'
  const node = ink.named(data)
  return {
    mood: outcome === 'done' && data.keyless ? 'warning' : OUTCOME_MOODS[outcome],
    title: ink.t(fault === null ? 'add.done' : failed, {}, { node }),
    lead: lines(
      text(ink.t('add.took', { took: durationMs })),
      data.keyless && fault === null && text(ink.t('add.ask.no-secret'), 'warning'),
      faultLine(fault, ink),
      fault && !data.changed && text(ink.t('add.next.nothing')),
      fault && { kind: 'next', text: next },
    ),
    parts: [stepLines(data.steps, ink), detailLines(fault?.detail ?? null, ink)].filter(
      (part) => part.length > 0,
    ),
  }
}

function seenTexts(seen: AddStep['seen'], ink: Ink): string[] {
  return seen.map(({ code, params }) =>
    code === 'said' ? ink.remote(String(params.text), EVIDENCE) : ink.coded(`add-seen.${code}`, params),
  )
}

/** What is said of a step, behind its name. `words` are written by the ink. */
function ofStep(step: StepName, words: string, ink: Ink): string {
  return ink.t('add.of-step', {}, { step: ink.t(`add-step.${step}`), text: words })
}

function faultLine(fault: AddResult['fault'], ink: Ink): Line | null {
  return fault && text(ofStep(fault.step, ink.t(`add-fault.${fault.code}`), ink), 'alarm')
}

function stepLines(steps: AddResult['steps'], ink: Ink): Line[] {
  return steps.map((step) => ({
    kind: 'check',
    passed: step.state !== 'failed' && step.state !== 'acting',
    text: stepText(step.name, step, ink),
  }))
}

/** An addition that is left as it stopped: what stays on the machine, and how to come back to it. */
export function keepAdditionResult({ data, outcome }: Report<KeepResult>, ink: Ink): Told {
  const { fault, steps, stays, changed, registered } = data
  const places = stays?.places ?? []
  return {
    mood: outcome === 'done' ? 'neutral' : OUTCOME_MOODS[outcome],
    title: ink.t('add.kept', {}, { node: ink.named(data) }),
    lead: lines(
      faultLine(fault, ink),
      !changed && text(ink.t('add.kept.nothing')),
      stays === null && text(ink.t('add.kept.unread'), 'warning'),
      places.length > 0 && text(ink.t('add.kept.places')),
      ...places.slice(0, PATHS_SHOWN).map((path): Line => ({ kind: 'item', text: placeText(path, ink) })),
      places.length > PATHS_SHOWN && {
        kind: 'item',
        text: ink.t('word.more', { count: places.length - PATHS_SHOWN }),
      },
      stays !== null && stays.unit !== null && text(ink.t('add.kept.unit', { state: stays.unit })),
      stays?.lingers === true && text(ink.t('add.kept.lingers')),
      changed && text(ink.t(registered ? 'add.kept.registered' : 'add.kept.unregistered')),
      { kind: 'next', text: ink.t('add.kept.next') },
    ),
    parts: [stepLines(steps, ink), detailLines(fault?.detail ?? null, ink)].filter((part) => part.length > 0),
  }
}

function placeText(path: string, ink: Ink): string {
  return ink.code(path.startsWith('/') ? path : `~/${path}`, COMMAND)
}

function detailLines(detail: string | null, ink: Ink): Line[] {
  const said = (detail ?? '').split('\n').filter((line) => line.trim() !== '')
  return said.length === 0
    ? []
    : [
        {
          kind: 'log',
          title: ink.t('add.said'),
          lines: said.slice(-LINES_OF_DETAIL).map((line) => line.slice(0, DETAIL)),
        },
      ]
}

/** The question before an addition is taken back. */
export function undoAddNodePlan({ id, name, paths, registered, host }: UndoAddPlan, ink: Ink): Told {
  const more = paths.length - PATHS_SHOWN
  const shown = paths
    .slice(0, PATHS_SHOWN)
    .map((path): Line => ({ kind: 'item', text: placeText(path, ink) }))
  return {
    mood: 'warning',
    title: ink.t('undo-add.ask', {}, { node: ink.named({ id, name }) }),
    lead: [fact(ink.t('label.address'), ink.code(host))],
    parts: [
      paths.length === 0
        ? [text(ink.t('undo-add.ask.nothing'))]
        : lines(
            text(ink.t('undo-add.ask.effect'), 'warning'),
            ...shown,
            more > 0 && { kind: 'item', text: ink.t('word.more', { count: more }) },
          ),
      lines(registered && text(ink.t('undo-add.ask.registered'))),
    ].filter((part) => part.length > 0),
  }
}

/** A step whose effect is gone. */
export function undoAddNodeStep({ step }: UndoAddStep, ink: Ink): string {
  return ink.t(`add-step.${step}`)
}

/** How an undo ended, what is still there, and what stays because it was there before. */
export function undoAddNodeResult({ data, outcome }: Report<UndoAddResult>, ink: Ink): Told {
  const { fault, left, taken, stayed, wroteThere, backups } = data
  const shown = stayed.slice(0, PATHS_SHOWN).map((path) => placeText(path, ink))
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(undoTitle(data, outcome), {}, { node: ink.named(data) }),
    lead: lines(
      taken.length > 0 && aside(taken.map((step) => ink.t(`add-step.${step}`)).join(' · ')),
      fault && text(ink.t(`add-fault.${fault.code}`), 'alarm'),
      ...left
        .slice(0, PATHS_SHOWN)
        .map((path) => text(ink.t('undo-add.left', {}, { path: ink.code(path, COMMAND) }), 'warning')),
      fault === null &&
        data.changed &&
        shown.length > 0 &&
        text(ink.t('undo-add.stayed', {}, { places: shown.join(' ') })),
      fault === null && wroteThere && text(ink.t('undo-add.wrote-there'), 'warning'),
      backups > 0 && text(ink.t('undo-add.backups', { count: backups })),
      fault && { kind: 'next', text: ink.t('undo-add.next') },
    ),
    parts: [detailLines(fault?.detail ?? null, ink)].filter((part) => part.length > 0),
  }
}

function undoTitle({ changed, taken, wroteThere }: UndoAddResult, outcome: Outcome) {
  if (outcome === 'unknown') return 'undo-add.unknown'
  const onMachine = taken.some((step) => step !== 'registry')
  if (outcome !== 'done') return onMachine ? 'undo-add.failed' : 'undo-add.failed.nothing'
  if (!changed) return 'undo-add.nothing'
  return wroteThere ? 'undo-add.taken' : 'undo-add.done'
}
