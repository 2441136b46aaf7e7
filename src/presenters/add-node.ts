import type { AddPlan, AddResult, AddStep } from '../operations/add-node.ts'
import type { Report } from '../operations/operation.ts'
import type { UndoAddPlan, UndoAddResult, UndoAddStep } from '../operations/undo-add-node.ts'
import type { StepName } from '../provision/step.ts'
import { compareLines, hostKeyLines, knownLines } from './host-key.ts'
import type { Ink } from './ink.ts'
import { dotted } from './readings.ts'
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
      commandLines(plan, ink, whole),
    ],
  }
}

function commandLines({ commands }: AddPlan, ink: Ink, whole: boolean): Line[] {
  const item = (words: string): Line => ({ kind: 'item', text: words })
  const ofStep = (step: StepName, ones: readonly string[]): Line[] => {
    const name = ink.t(`add-step.${step}`)
    if (!whole) return ones.map((command) => item(`${name}: ${ink.code(command, COMMAND)}`))
    // Of a command that has several lines each stays one: put together they are no command.
    return [text(name), ...ones.flatMap((command) => command.split('\n').map((line) => item(ink.code(line))))]
  }
  const all = commands.flatMap(({ step, commands: ones }) => ofStep(step, ones))
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
  { state, evidence, tookMs }: Pick<AddStep, 'state' | 'evidence' | 'tookMs'>,
  ink: Ink,
): string {
  return dotted([
    ink.t(`add-step.${name}`),
    ink.duration(tookMs),
    state === 'not-needed' && ink.t('add.not-needed'),
    evidence !== '' && ink.remote(evidence, EVIDENCE),
  ])
}

/** How an addition ended: each step with what was seen, and what to do about the one that failed. */
export function addNodeResult({ data, outcome, durationMs }: Report<AddResult>, ink: Ink): Told {
  const { fault } = data
  const failed = outcome === 'unknown' ? 'add.unknown' : 'add.failed'
  const node = ink.named(data)
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(fault === null ? 'add.done' : failed, {}, { node }),
    lead: lines(
      text(ink.t('add.took', { took: durationMs })),
      fault && text(`${ink.t(`add-step.${fault.step}`)}: ${ink.t(`add-fault.${fault.code}`)}`, 'alarm'),
      fault && { kind: 'next', text: ink.t(data.changed ? 'add.next' : 'add.next.nothing') },
    ),
    parts: [
      data.steps.map(
        (step): Line => ({
          kind: 'check',
          passed: step.state !== 'failed',
          text: stepText(step.name, step, ink),
        }),
      ),
      detailLines(fault?.detail ?? null, ink),
    ].filter((part) => part.length > 0),
  }
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
  const shown = paths.slice(0, PATHS_SHOWN).map((path): Line => {
    const full = path.startsWith('/') ? path : `~/${path}`
    return { kind: 'item', text: ink.code(full, COMMAND) }
  })
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

/** How an undo ended, and what is still there. */
export function undoAddNodeResult({ data, outcome }: Report<UndoAddResult>, ink: Ink): Told {
  const { fault, left, taken } = data
  const title =
    outcome === 'done' ? 'undo-add.done' : outcome === 'unknown' ? 'undo-add.unknown' : 'undo-add.failed'
  return {
    mood: OUTCOME_MOODS[outcome],
    title: ink.t(title, {}, { node: ink.named(data) }),
    lead: lines(
      taken.length > 0 && aside(taken.map((step) => ink.t(`add-step.${step}`)).join(' · ')),
      fault && text(ink.t(`add-fault.${fault.code}`), 'alarm'),
      ...left
        .slice(0, PATHS_SHOWN)
        .map((path) => text(ink.t('undo-add.left', {}, { path: ink.code(path, COMMAND) }), 'warning')),
      fault && { kind: 'next', text: ink.t('undo-add.next') },
    ),
    parts: [detailLines(fault?.detail ?? null, ink)].filter((part) => part.length > 0),
  }
}
