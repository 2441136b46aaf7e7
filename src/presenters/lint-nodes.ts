import type { LintList, LintRow } from '../operations/lint-nodes.ts'
import type { Finding } from '../operations/lint-rules.ts'
import type { Ink } from './ink.ts'
import { firstOf, reasonText } from './readings.ts'
import { aside, fact, type Line, lines, type Told, text } from './told.ts'

/** For how much there is room in a face. */
export interface LintRoom {
  /** Findings over all nodes. */
  findings: number
  nodes: number
}

const PATH = 120
const COMMAND = 200

/** What was found on each node, with what mends it; what could not be looked at is told once for all that it is true of. */
export function lintList({ rows }: LintList, room: LintRoom, ink: Ink): Told {
  const count = rows.reduce((sum, { findings }) => sum + findings.length, 0)
  const clean = rows.filter(({ findings, unread }) => findings.length === 0 && unread.length === 0)
  let left = room.findings
  const parts = rows
    .filter(({ findings }) => findings.length > 0)
    .map(({ id, name, findings }) => {
      const shown = findings.slice(0, left)
      left -= shown.length
      return { id, name, shown }
    })
    .filter(({ shown }) => shown.length > 0)
    .slice(0, room.nodes)
  const told = parts.reduce((sum, { shown }) => sum + shown.length, 0)
  const blind = rows.some(({ unread }) => unread.length > 0)
  return {
    mood: count > 0 || blind ? 'warning' : 'good',
    title: ink.t('lint.title', { findings: count, nodes: rows.length }),
    lead: [],
    parts: [
      ...parts.map(({ id, name, shown }) =>
        lines(text(ink.named({ id, name })), ...shown.flatMap((one) => findingLines(one, ink))),
      ),
      lines(
        count > told && aside(ink.t('word.more', { count: count - told })),
        clean.length > 0 &&
          text(
            ink.t(
              'lint.clean',
              { count: clean.length },
              {
                names: firstOf(
                  ink,
                  clean.map(({ id }) => ink.code(id)),
                  room.nodes,
                ),
              },
            ),
            'well',
          ),
        ...unreadLines(rows, room, ink),
      ),
    ],
  }
}

function findingLines(found: Finding, ink: Ink): Line[] {
  const { fix } = found
  return lines(
    { kind: 'item', text: findingText(found, ink) },
    {
      kind: 'next',
      text: fix === null ? ink.t('lint.by-hand') : ink.t('lint.fix', {}, { command: ink.code(fix, COMMAND) }),
    },
  )
}

/** One finding with its evidence. */
function findingText({ code, params }: Finding, ink: Ink): string {
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

function unreadLines(rows: readonly LintRow[], room: LintRoom, ink: Ink): Line[] {
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
