import { basename } from 'node:path'
import type { ImportPlan } from '../../../registry/import.ts'
import { jumpName } from '../../../registry/jumps.ts'
import type { RegistryData } from '../../../registry/schema.ts'
import { type ImportResult, importRegistry } from '../../operations/import-registry.ts'
import { planOperation } from '../../operations/run-operation.ts'
import type { Ink } from '../../presenters/ink.ts'
import { type Answer, answerOf, type Call, plainAnswer } from '../command.ts'
import { confirmAndRun } from '../confirm.ts'
import { readRegistry } from '../read-registry.ts'
import { type Cell, renderTable } from '../table.ts'
import { facts } from '../views/readings.ts'

/** `ocm registry import`: takes in an old registry, after showing what will be done. */
export async function importNodes(call: Call): Promise<Answer> {
  const { args, out, err, signal } = call
  const context = await call.open('optional')
  const sshUser = args.text('ssh-user')
  const format = args.text('format')
  const input = {
    file: args.required('file'),
    ...(format === undefined ? {} : { format }),
    ...(sshUser === undefined ? {} : { sshUser }),
  }
  if (args.flag('dry-run')) {
    const { plan } = await planOperation(context, call.actor, importRegistry, input, { signal })
    const text = `${importPlanText(plan, out)}\n${out.t('cli.import.dry-run')}\n`
    return plainAnswer('done', { plan }, text)
  }
  const report = await confirmAndRun(call, context, importRegistry, input, {
    plan: (plan) => importPlanText(plan, err),
  })
  return answerOf(report, importedText(report.data, out))
}

/** `ocm registry show`: the nodes as they are in the file. */
export async function show(call: Call): Promise<Answer> {
  const { out, terminal } = call
  const { data } = await readRegistry((await call.settings('none')).registryPath, 'empty')
  return plainAnswer('done', data, registryText(data, out, terminal.screen()?.columns ?? null))
}

/** `ocm registry check`: whether a file is a registry, and where it is not. */
export async function check(call: Call): Promise<Answer> {
  const { args, out } = call
  const path = args.text('file') ?? (await call.settings('none')).registryPath
  const { data, fileVersion } = await readRegistry(path, 'error')
  const found = {
    file: path,
    version: fileVersion,
    revision: data.revision,
    nodes: data.nodes.length,
    retired: data.nodes.filter(({ state }) => state === 'retired').length,
    withoutHostKey: data.nodes.filter(({ state, hostKeys }) => state !== 'retired' && hostKeys.length === 0)
      .length,
  }
  const lines = [
    out.paint('good', out.t('cli.registry.valid', { file: basename(path) })),
    `  ${out.t('cli.registry.counts', { nodes: found.nodes, retired: found.retired, revision: found.revision })}`,
    ...(found.withoutHostKey > 0
      ? [`  ${out.paint('warning', out.t('cli.registry.no-keys', { count: found.withoutHostKey }))}`]
      : []),
  ]
  return plainAnswer('done', found, `${lines.join('\n')}\n`)
}

function importPlanText(plan: ImportPlan, ink: Ink): string {
  const rows = plan.add.map((node): Cell[] => [
    { text: node.id, tone: 'good' },
    ink.remote(node.name, 80),
    [`${node.sshUser}@${node.host}:${node.sshPort}`, node.jump ? `(${jumpName(node.jump)})` : '']
      .filter(Boolean)
      .join(' '),
    String(node.gatewayPort),
    ink.t(`record.${node.state ?? 'active'}`),
    node.state === 'retired' ? '' : keyCell(node.hostKeys.length > 0, ink),
  ])
  const added =
    rows.length === 0
      ? []
      : renderTable(
          [
            { title: ink.t('cli.column.node') },
            { title: ink.t('cli.column.name') },
            { title: ink.t('label.address') },
            { title: ink.t('label.port'), align: 'right' },
            { title: ink.t('label.state') },
            { title: ink.t('cli.column.host-key') },
          ],
          rows,
          { width: null, paint: ink.paint },
        )
  const skipped = plan.skip.map(({ list, index, id, why }): readonly [string, string] => [
    `${list}[${index}] ${id}`.trim(),
    ink.t(`cli.skip.${why}`),
  ])
  const notes = plan.notes.map(({ node, field, from, to }): readonly [string, string] => [
    `${node}.${field}`,
    `${from === null ? '-' : ink.remote(from, 80)} -> ${ink.remote(to, 80)}`,
  ])
  const part = (title: string, lines: readonly string[]) =>
    lines.length === 0 ? [] : ['', ink.paint('strong', title), ...lines]
  return [
    ink.paint('strong', ink.t('cli.import.add', { count: plan.add.length })),
    ...added.map((line) => `  ${line}`),
    ...part(ink.t('cli.import.skip', { count: plan.skip.length }), facts(ink, skipped)),
    ...part(ink.t('cli.import.notes'), facts(ink, notes)),
    ...(plan.add.some(needsKey) ? ['', ink.t('cli.import.known-hosts')] : []),
    ...(plan.secretsDropped > 0 ? ['', ink.t('cli.import.secrets', { count: plan.secretsDropped })] : []),
    ...(plan.fieldsDropped.length > 0
      ? ['', ink.t('cli.import.fields', { fields: plan.fieldsDropped.join(', ') })]
      : []),
  ].join('\n')
}

/** A node that is in service and whose machine nobody has vouched for. */
function needsKey({ state, hostKeys }: ImportPlan['add'][number]): boolean {
  return state !== 'retired' && hostKeys.length === 0
}

function keyCell(known: boolean, ink: Ink): Cell {
  return known ? ink.t('cli.import.key-known') : { text: ink.t('cli.import.key-unknown'), tone: 'warning' }
}

function importedText({ added, skipped }: ImportResult, ink: Ink): string {
  const keys = added.filter(needsKey).length
  return `${[
    ink.paint('good', ink.t('cli.import.done', { count: added.length, skipped })),
    ...(keys > 0
      ? [`  ${ink.t('cli.import.keys', { count: keys })}`, `  ${ink.t('cli.import.known-hosts')}`]
      : []),
  ].join('\n')}\n`
}

function registryText(data: RegistryData, ink: Ink, width: number | null): string {
  if (data.nodes.length === 0) return `${ink.t('list.empty')}\n${ink.t('list.empty.next')}\n`
  const rows = data.nodes.map((node): Cell[] => [
    { text: node.id, tone: 'strong' },
    ink.remote(node.name, 80),
    ink.t(`record.${node.state}`),
    `${node.sshUser}@${node.host}:${node.sshPort}`,
    String(node.gatewayPort),
    node.tags.join(','),
    node.hostKeys.map(({ fingerprint }) => fingerprint).join(' ') || ink.t('cli.registry.no-key'),
  ])
  const columns = [
    { title: ink.t('cli.column.node') },
    { title: ink.t('cli.column.name'), least: 12 },
    { title: ink.t('label.state') },
    { title: ink.t('label.address') },
    { title: ink.t('label.port'), align: 'right' as const, spare: 1 },
    { title: ink.t('label.tags'), spare: 3 },
    { title: ink.t('label.fingerprint'), spare: 2 },
  ]
  return `${renderTable(columns, rows, { width, paint: ink.paint }).join('\n')}\n`
}
