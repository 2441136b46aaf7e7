import {
  approveKnownKeys,
  type KnownKeysPlan,
  type KnownKeysResult,
} from '../../operations/approve-known-keys.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { type Cell, renderTable } from '../table.ts'
import { UsageError } from '../usage-error.ts'
import { facts } from '../views/readings.ts'

/** `ocm registry approve`: approves the host keys that a known_hosts file has, after showing them. */
export async function registryApprove(call: Call): Promise<Answer> {
  const { args, out, err } = call
  const file = args.text('file') ?? (await call.settings('none')).ssh.knownHostsPath
  if (file === null)
    throw new UsageError('missing-operand', { operand: 'file' }, { path: 'registry approve' })
  const context = await call.open('none')
  const report = await confirmAndRun(
    call,
    context,
    approveKnownKeys,
    { file },
    {
      plan: (plan) => planText(plan, err),
    },
  )
  return answerOf(report, resultText(report.data, out))
}

function planText({ approve, missing }: KnownKeysPlan, ink: Ink): string {
  const rows = approve.flatMap(({ nodeId, host, sshPort, keys }) =>
    keys.map((key, index): Cell[] => [
      index === 0 ? { text: nodeId, tone: 'strong' } : '',
      index === 0 ? ink.remote(`${host}:${sshPort}`) : '',
      ink.remote(key.type, 64),
      key.fingerprint,
    ]),
  )
  const columns = [
    { title: ink.t('cli.column.node') },
    { title: ink.t('label.address') },
    { title: ink.t('label.key-type') },
    { title: ink.t('label.fingerprint') },
  ]
  const found =
    rows.length === 0
      ? []
      : renderTable(columns, rows, { width: null, paint: ink.paint }).map((line) => `  ${line}`)
  const others = missing.map(({ nodeId, host, sshPort }): [string, string] => [
    nodeId,
    ink.remote(`${host}:${sshPort}`),
  ])
  return [
    ink.paint('strong', ink.t('cli.approve.ask', { count: approve.length })),
    ...found,
    ...(others.length > 0 ? ['', ink.t('cli.approve.missing'), ...facts(ink, others)] : []),
  ].join('\n')
}

function resultText({ approved, missing }: KnownKeysResult, ink: Ink): string {
  const lines = [
    ink.paint('good', ink.t('cli.approve.done', { count: approved.length })),
    ...(missing > 0
      ? [`  ${ink.t('cli.next', { next: ink.t('cli.approve.next', { count: missing }) })}`]
      : []),
  ]
  return `${lines.join('\n')}\n`
}
