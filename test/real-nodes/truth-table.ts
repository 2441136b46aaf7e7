import fs from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import type { ReasonCode } from '../../src/base/reading.ts'
import type { NodeState } from '../../src/openclaw/snapshot.ts'

const FILE = path.join(import.meta.dirname, '../../docs/truth-table.md')

/** One row as it was seen. Times in milliseconds. */
export interface Measured {
  readonly fault: string
  readonly openclaw: string
  readonly state: NodeState
  readonly reason: ReasonCode | null
  readonly also: string | null
  /** From asking for the first list after the fault to this row. */
  readonly firstMs: number
  /** From the fault to the first list that said this; null where it was the first list. */
  readonly trueMs: number | null
  /** The same as `firstMs` for the list after that. */
  readonly againMs: number | null
  /** The last row of all other nodes, in the same lists. */
  readonly othersMs: number
}

const HEADINGS = [
  'what is wrong',
  'OpenClaw',
  'state shown',
  'reason shown',
  'row after',
  'true after',
  'next list',
  'all other rows',
]

function seconds(ms: number | null): string {
  return ms === null ? '' : `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 0)} s`
}

function cells(row: Measured): string[] {
  const { fault, openclaw, state, reason, also, firstMs, trueMs, againMs, othersMs } = row
  return [
    fault,
    openclaw,
    state,
    [reason, also].filter((part) => part !== null).join('; '),
    seconds(firstMs),
    seconds(trueMs),
    seconds(againMs),
    seconds(othersMs),
  ]
}

function table(rows: readonly Measured[]): string {
  const lines = [HEADINGS, ...rows.map(cells)]
  const widths = HEADINGS.map((_, column) => Math.max(...lines.map((line) => line[column]?.length ?? 0)))
  const drawn = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`)
  return [drawn[0], `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...drawn.slice(1)].join(
    '\n',
  )
}

export function printTable(rows: readonly Measured[]): void {
  process.stdout.write(`\n${table(rows)}\n`)
}

/** Writes docs/truth-table.md from a run, when OCM_WRITE_TRUTH_TABLE=1 asks for it. */
export async function writeTable(rows: readonly Measured[]): Promise<void> {
  if (process.env.OCM_WRITE_TRUTH_TABLE !== '1') return
  await fs.writeFile(FILE, page(table(rows)))
}

function page(drawn: string): string {
  return `# What ocm shows when something is wrong

Each row is a fault on a real machine: Debian, systemd, OpenSSH and OpenClaw from npm, a fleet of two nodes with OpenClaw
2026.9.6, one with 2026.2.17 and one without. While it lasts, \`list\` runs with default settings (5 s per node, 3 s of
them to connect), once when the fault is new and once more; the test fails when another state or reason is shown, when a
row comes later than the deadline, or when the row of any other node waits for it. Made by

    OCM_WRITE_TRUTH_TABLE=1 npm run test:real

on a machine with ${os.cpus().length} cores for the bot, the nodes and everything else, at a load of ${Math.round(os.loadavg()[2] ?? 0)}.

- *row after*: from asking for the first list after the fault to the row;
- *true after*: where the truth itself takes time, from the fault to the first list that says so. systemd needs some
  rounds until a loop is one; until then no list says \`serving\`. The disk of a node that serves is read once in the
  refresh interval (30 s);
- *next list*: the same as *row after* when the fault is no longer new;
- *all other rows*: the slowest row of every other node in the same lists.

"Not connected yet" is a bot that has just started; otherwise it held a connection when the fault began.

${drawn}
`
}
