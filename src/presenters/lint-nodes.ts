import type { LintList, LintRow } from '../operations/lint-nodes.ts'
import type { Finding, Mender } from '../operations/lint-rules.ts'
import type { Ink } from './ink.ts'
import { firstOf, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, type Told, text } from './told.ts'

/** For how much there is room in a face. */
export interface LintRoom {
  /** Findings over all nodes. */
  findings: number
  nodes: number
  /** How this face has ocm mend a finding, as it is shown there. */
  mend(node: string, finding: Finding, number: number): string
}

/** A finding as it is shown; those that ocm can mend have a number, from 1 on over all nodes. */
interface ShownFinding {
  found: Finding
  number: number | null
}

const PATH = 120
const COMMAND = 200

/** The nodes with their findings for which there is room. */
export function shownFindings(
  { rows }: LintList,
  room: Pick<LintRoom, 'findings' | 'nodes'>,
): { id: string; name: string; shown: ShownFinding[] }[] {
  let left = room.findings
  let number = 0
  return rows
    .filter(({ findings }) => findings.length > 0)
    .slice(0, room.nodes)
    .map(({ id, name, findings }) => {
      const some = findings.slice(0, left)
      left -= some.length
      const shown = some.map((found) => {
        if (found.by !== 'ocm') return { found, number: null }
        number += 1
        return { found, number }
      })
      return { id, name, shown }
    })
    .filter(({ shown }) => shown.length > 0)
}

/** What a page shows of a check: the findings of each node, apart, and what is told of the rest. */
export function lintPage(
  list: LintList,
  ink: Ink,
): {
  title: string
  nodes: { id: string; name: string; findings: { key: string; by: Mender; text: string; next: string }[] }[]
  rest: Line[]
} {
  const everything = { findings: Number.POSITIVE_INFINITY, nodes: Number.POSITIVE_INFINITY }
  return {
    title: titleOf(list, ink),
    nodes: shownFindings(list, everything).map(({ id, name, shown }) => ({
      ...{ id, name },
      findings: shown.map(({ found }) => ({
        ...{ key: found.key, by: found.by },
        ...{ text: findingText(found, ink), next: byHand(found, ink) },
      })),
    })),
    rest: restLines(list, everything, ink),
  }
}

function titleOf({ rows }: LintList, ink: Ink): string {
  const findings = rows.reduce((sum, row) => sum + row.findings.length, 0)
  return ink.t('lint.title', { findings, nodes: rows.length })
}

/** Who is without a finding, and what could not be looked at. */
function restLines({ rows }: LintList, room: Pick<LintRoom, 'nodes'>, ink: Ink): Line[] {
  const clean = rows.filter(({ findings, unread }) => findings.length === 0 && unread.length === 0)
  const ids = clean.map(({ id }) => ink.code(id))
  return lines(
    clean.length > 0 &&
      text(ink.t('lint.clean', { count: clean.length }, { names: firstOf(ink, ids, room.nodes) }), 'well'),
    ...unreadLines(rows, room, ink),
  )
}

/** What was found on each node, with what mends it; what could not be looked at is told once for all that it is true of. */
export function lintList(list: LintList, room: LintRoom, ink: Ink): Told {
  const { rows } = list
  const count = rows.reduce((sum, { findings }) => sum + findings.length, 0)
  const parts = shownFindings(list, room)
  const told = parts.reduce((sum, { shown }) => sum + shown.length, 0)
  const blind = rows.some(({ unread }) => unread.length > 0)
  return {
    mood: count > 0 || blind ? 'warning' : 'good',
    title: titleOf(list, ink),
    lead: [],
    parts: [
      ...parts.map(({ id, name, shown }) =>
        lines(text(ink.named({ id, name })), ...shown.flatMap((one) => findingLines(id, one, room, ink))),
      ),
      lines(
        count > told && aside(ink.t('word.more', { count: count - told })),
        ...restLines(list, room, ink),
      ),
    ],
  }
}

function findingLines(node: string, { found, number }: ShownFinding, room: LintRoom, ink: Ink): Line[] {
  const how = byHand(found, ink)
  return lines(
    { kind: 'item', text: findingText(found, ink) },
    {
      kind: 'next',
      text: number === null ? how : ink.t('lint.mend', {}, { way: room.mend(node, found, number), how }),
    },
  )
}

/** What a person can do about it on the node. */
export function byHand({ fix }: Pick<Finding, 'fix'>, ink: Ink): string {
  return fix === null ? ink.t('lint.by-hand') : ink.t('lint.fix', {}, { command: ink.code(fix, COMMAND) })
}

/** One finding with its evidence. */
export function findingText({ code, params }: Pick<Finding, 'code' | 'params'>, ink: Ink): string {
  const path = ink.code(String(params.path ?? ''), PATH)
  switch (code) {
    case 'linger-off':
    case 'bind-unset':
      return ink.t(`lint.${code}`)
    case 'clock-skew':
      return ink.t('lint.clock-skew', { seconds: Number(params.seconds) })
    case 'open-file':
    case 'open-folder':
      return ink.t(`lint.${code}`, { mode: String(params.mode), wanted: String(params.wanted) }, { path })
    case 'placeholder':
      return ink.t('lint.placeholder', {}, { path })
    case 'port-ignored':
      return ink.t('lint.port-ignored', { port: String(params.port), unit: String(params.unit) })
    case 'setting-retired':
      return ink.t('lint.setting-retired', { version: String(params.version) }, { path })
  }
}

function unreadLines(rows: readonly LintRow[], room: Pick<LintRoom, 'nodes'>, ink: Ink): Line[] {
  const nodes = new Map<string, string[]>()
  for (const { id, unread } of rows)
    for (const { what, reason } of unread) {
      const key = ink.t(
        'value.because',
        {},
        {
          value: ink.t(`lint.unread.${what}`),
          reason: reasonText(ink, { ...reason, detail: '' }),
        },
      )
      nodes.set(key, [...(nodes.get(key) ?? []), ink.code(id)])
    }
  return [...nodes].map(([what, ids]) =>
    fact(ink.t('lint.unread'), `${what}: ${firstOf(ink, ids, room.nodes)}`),
  )
}
