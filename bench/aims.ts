import type { Results } from './report.ts'
import type { CaseResult, Figures } from './suites.ts'

/** One aim and what was measured. */
export interface Aim {
  group: string
  aim: string
  /** As people read it. */
  measured: string
  met: boolean
}

const UNDER = '≤'

/** Every aim whose suite ran. Ratios are of medians of the same run. */
export function aimsOf(results: Results): Aim[] {
  return [
    ...coldAims(results.cold),
    ...heldAims(results.held),
    ...oldAims(results.old),
    ...memoryAims(results.memory),
    ...blackHoleAims(results.holes),
    ...silentAims(results.silent),
    ...statusAims(results.status),
    ...scaleAims(results.scale),
    ...chatAims(results.chat),
  ]
}

type Column = 'wall' | 'clientCpu'

/** How many times quicker than a rival, as an aim: `1/n` of it, or a factor when that is what is asked. */
function ratios(group: string, cases: readonly CaseResult[] | undefined) {
  const cost = (id: string, column: Column) => cases?.find((each) => each.id === id)?.cost[column]
  return (ours: string, rival: string, name: string, limit: number, column: Column = 'wall'): Aim[] => {
    const [a, b] = [cost(ours, column), cost(rival, column)]
    if (a === undefined || b === undefined || b === 0) return []
    const ratio = a / b
    const asked = limit < 0.5 ? `1/${Number((1 / limit).toFixed(1))}` : `${limit} ×`
    const got = ratio < 0.5 ? `1/${(1 / ratio).toFixed(1)}` : `${ratio.toFixed(2)} ×`
    return [{ group, aim: `${UNDER} ${asked} ${name}`, measured: got, met: ratio <= limit }]
  }
}

function limit(group: string, aim: string, value: number | undefined, most: number, unit: string): Aim[] {
  if (value === undefined) return []
  const digits = value < 10 ? 2 : value < 100 ? 1 : 0
  return [
    {
      group,
      aim: `${aim} ${UNDER} ${most} ${unit}`,
      measured: `${value.toFixed(digits)} ${unit}`,
      met: value <= most,
    },
  ]
}

/** An aim beside a rival as Debian 12 ships it, with the figure for a rival whose key exchange is quicker. */
function besideStock(stock: Aim[], quicker: Aim[]): Aim[] {
  return stock.map((aim, index) => {
    const forced = quicker[index]
    return forced ? { ...aim, measured: `${aim.measured}; with curve25519 forced ${forced.measured}` } : aim
  })
}

function coldAims(cases: CaseResult[] | undefined): Aim[] {
  const compare = ratios('`list`, nothing connected', cases)
  const both = (rival: string, name: string, limit: number) =>
    besideStock(compare('ocm', `${rival}-stock`, name, limit), compare('ocm', rival, name, limit))
  return [
    ...both('old', 'of the old way', 1 / 15),
    ...both('ansible-shell', 'of Ansible shell', 1 / 5),
    ...both('ansible-raw', 'of Ansible raw', 1 / 2.5),
    ...compare('ocm', 'xargs', 'of `xargs -P32 ssh` with curve25519', 1),
    ...compare('ocm', 'xargs', 'of the client CPU of `xargs -P32 ssh` with curve25519', 0.6, 'clientCpu'),
  ]
}

function heldAims(cases: CaseResult[] | undefined): Aim[] {
  const compare = ratios('`list`, connections held', cases)
  const quick = cases?.find(({ id }) => id === 'ocm-quick')?.cost.clientCpu
  return [
    ...compare('ocm-held', 'master', 'of warm ControlMaster, same probe', 1 / 4),
    ...compare('ocm-held', 'ansible-raw-warm', 'of warm Ansible raw, same probe', 1 / 15),
    ...compare('ocm-quick', 'master', 'of warm ControlMaster, cheap figures', 1 / 20),
    ...compare('ocm-quick', 'ansible-raw-warm', 'of warm Ansible raw, cheap figures', 1 / 100),
    ...limit('`list`, connections held', 'bot CPU, cheap figures', quick && quick * 1000, 20, 'ms'),
  ]
}

/** A sweep is paced, so that only its CPU can be compared. */
function oldAims(cases: CaseResult[] | undefined): Aim[] {
  const perNodeMs = (id: string, column: 'clientCpu' | 'serverCpu') => {
    const { cost, nodes } = cases?.find((each) => each.id === id) ?? {}
    return cost && nodes ? (cost[column] / nodes) * 1000 : undefined
  }
  const rest = (group: string, id: string): Aim[] => [
    ...limit(group, 'bot CPU for each node', perNodeMs(id, 'clientCpu'), 1, 'ms'),
    ...limit(group, "each node's own CPU", perNodeMs(id, 'serverCpu'), 4, 'ms'),
  ]
  const list = '`list`, every reading older than the refresh interval'
  const sweep = 'a sweep by itself, every reading older than the refresh interval'
  const rival = 'of warm ControlMaster, same probe'
  return [
    ...ratios(list, cases)('ocm-list-old', 'master', rival, 1 / 4),
    ...rest(list, 'ocm-list-old'),
    ...ratios(sweep, cases)('ocm-sweep-old', 'master', `of the client CPU ${rival}`, 1 / 4, 'clientCpu'),
    ...rest(sweep, 'ocm-sweep-old'),
  ]
}

function memoryAims(figures: Figures | undefined): Aim[] {
  return limit('`list` from memory', 'p99', figures?.p99Ms, 5, 'ms')
}

/** OCM_CONNECT_TIMEOUT_MS as users get it, and a tenth. */
const CONNECT_BUDGET_S = 3.3

function silentAims(figures: Figures | undefined): Aim[] {
  if (figures === undefined) return []
  const ratio = (figures.rowsOfHalfS ?? Number.NaN) / (figures.rowsOfHealthyS ?? Number.NaN)
  return [
    {
      group: `${figures.nodes} nodes, half of them silent`,
      aim: `healthy rows within ${UNDER} 1.2 × of an all-healthy list`,
      measured: `${ratio.toFixed(2)} ×`,
      met: ratio <= 1.2,
    },
  ]
}

function blackHoleAims(figures: Figures | undefined): Aim[] {
  if (figures === undefined) return []
  const { oldS = Number.NaN, firstS = Number.NaN, healthyRowsS = Number.NaN, laterS, allHealthyS } = figures
  const group = '20 nodes, 2 of them black holes'
  const again = (laterS ?? Number.NaN) / (allHealthyS ?? Number.NaN)
  return [
    {
      group,
      aim: `${UNDER} 1/8 of the old way`,
      measured: `1/${(oldS / firstS).toFixed(1)}`,
      met: firstS <= oldS / 8,
    },
    ...limit(group, 'never over the connect budget + 10 %:', firstS, CONNECT_BUDGET_S, 's'),
    {
      group,
      aim: 'healthy rows before the dead ones time out',
      measured: `all after ${healthyRowsS.toFixed(2)} s of ${firstS.toFixed(2)} s`,
      met: healthyRowsS < firstS,
    },
    {
      group,
      aim: `a minute later ${UNDER} 1.2 × of an all-healthy sweep`,
      measured: `${again.toFixed(2)} ×`,
      met: again <= 1.2,
    },
  ]
}

function statusAims(cases: CaseResult[] | undefined): Aim[] {
  return ratios('`status`, 6 agents', cases)(
    'ocm-status',
    'old-status',
    "of the old tool's nine handshakes",
    1 / 20,
  )
}

function scaleAims(figures: Figures | undefined): Aim[] {
  const group = '1,000 connections held'
  return [
    ...limit(group, 'each', figures?.kbEach, 60, 'KB'),
    ...limit(group, 'bot', figures?.rssMb, 200, 'MB'),
    ...limit(group, 'keep-alive', figures?.keepAlivePercent, 1.5, '% of a core'),
    ...limit(group, 'loop delay p99 while connecting', figures?.loopP99Ms, 50, 'ms'),
  ]
}

function chatAims(figures: Figures | undefined): Aim[] {
  const group = 'slash command while a sweep runs'
  return [
    ...limit('idle with 4 nodes', 'bot', figures?.idleRssMb, 120, 'MB'),
    ...limit(group, 'first visible reply p50', figures?.acknowledgedP50Ms, 20, 'ms'),
    ...limit(group, 'first visible reply p95', figures?.acknowledgedP95Ms, 60, 'ms'),
  ]
}
