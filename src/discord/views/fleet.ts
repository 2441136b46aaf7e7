import type { FleetResult, FleetRow, FleetStep } from '../../operations/fleet-change.ts'
import type { FleetPlan } from '../../operations/fleet-plan.ts'
import type { VersionList } from '../../operations/fleet-versions.ts'
import type { Report } from '../../operations/operation.ts'
import {
  type FleetVerb,
  fleetPlan,
  fleetResult,
  fleetRows,
  fleetRowText,
  fleetShare,
  rowsWorthShowing,
  wasOnlyStopped,
} from '../../presenters/fleet.ts'
import { versionList } from '../../presenters/fleet-versions.ts'
import { buttonRow, type Card, type CardAttachment, makeCard } from '../card.ts'
import { encodeCustomId } from '../custom-id.ts'
import type { Reader } from '../reader.ts'
import { type AskedBy, type PressedBy, pressedLine } from './confirm.ts'
import { questionCard, resultCard, textsOf } from './told.ts'
import { wholeFile } from './told-file.ts'

const ROWS_SHOWN = 8
/** What fits a card with the longest ids; a file has the rest. */
const ROOM = { nodes: 14, left: 3, versions: 8, groups: 3 }
const MOST = 10_000
const WHOLE = { nodes: MOST, left: MOST, versions: MOST, groups: MOST }

const SYMBOLS: Record<FleetVerb, string> = {
  restart: '🔄',
  backup: '🗃️',
  maintenance: '🛠️',
  update: '⏫',
}
const ROW_SYMBOLS: Record<FleetRow['state'], string> = {
  waiting: '▫️',
  running: '⏳',
  done: '✅',
  partial: '⚠️',
  failed: '❌',
  unknown: '❔',
  refused: '⏭️',
  stopped: '⏹️',
  'not-begun': '▫️',
}

/** The question before a change of many nodes. */
export function fleetPlanView(
  verb: FleetVerb,
  plan: FleetPlan,
  asked: AskedBy,
  reader: Reader,
  why: string | null,
): Card {
  return questionCard(fleetPlan(verb, plan, ROOM, reader.ink, why), asked, reader, {
    symbol: SYMBOLS[verb],
    button: 'button.confirm-fleet',
    ...(plan.nodes.length > ROOM.nodes ? { attachment: namesFile(plan.nodes) } : {}),
  })
}

/** Every node that is meant: a plan names all of them. */
function namesFile(nodes: FleetPlan['nodes']): CardAttachment {
  return { name: 'nodes.txt', bytes: Buffer.from(`${nodes.map(({ id }) => id).join('\n')}\n`) }
}

/** A change of many nodes that goes on, with the button that begins nothing more. */
export function fleetProgressView(
  verb: FleetVerb,
  plan: FleetPlan,
  steps: readonly FleetStep[],
  pressed: PressedBy,
  runId: string,
  reader: Reader,
): Card {
  const { ink } = reader
  const rows = fleetRows(plan, steps)
  const { ended, total } = fleetShare(rows)
  const seen = rowsWorthShowing(rows, ROWS_SHOWN)
  const title = ink.title(`${SYMBOLS[verb]} ${ink.t(`operation.fleet-${verb}`)}`)
  return makeCard({
    colour: 'neutral',
    texts: [
      [
        title,
        ink.t('fleet.progress', { ended, total }),
        ink.bar(total === 0 ? 0 : (ended / total) * 100),
      ].join('\n'),
      [
        ...seen.map((row) => `${ROW_SYMBOLS[row.state]} ${fleetRowText(row, ink)}`),
        ...(rows.length > seen.length ? [ink.t('word.more', { count: rows.length - seen.length })] : []),
      ].join('\n'),
      pressedLine(pressed, reader),
    ],
    controls: [
      buttonRow([
        { id: encodeCustomId(`fleet-${verb}`, 'stop', runId), label: ink.t('fleet.stop'), emoji: '⏹️' },
      ]),
    ],
  })
}

/** How a change of many nodes ended. */
export function fleetResultView(
  verb: FleetVerb,
  report: Report<FleetResult>,
  pressed: PressedBy,
  reader: Reader,
): Card {
  return resultCard(fleetResult(verb, report, ROWS_SHOWN, ROOM, reader.ink), report, reader, {
    pressed,
    attachment: wholeFile(
      'nodes.txt',
      ([shown, room]) => fleetResult(verb, report, shown, room, reader.plain),
      { shown: [ROWS_SHOWN, ROOM] as const, whole: [MOST, WHOLE] as const },
    ),
    ...(wasOnlyStopped(report.data) ? { symbol: ROW_SYMBOLS.stopped } : {}),
  })
}

/** Which OpenClaw each node runs. */
export function versionsView(list: VersionList, reader: Reader): Card {
  const told = versionList(list, ROOM, reader.ink)
  const attachment = wholeFile('versions.txt', (room) => versionList(list, room, reader.plain), {
    shown: ROOM,
    whole: WHOLE,
  })
  return makeCard({ colour: told.mood, texts: textsOf('🏷️', told, reader.ink), attachment })
}
