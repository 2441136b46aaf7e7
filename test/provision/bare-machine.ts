import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { newRecord } from '../../registry/new-record.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { AdditionsPort, RunRecord } from '../../src/provision/run-record.ts'
import { openSecrets } from '../../src/provision/secrets.ts'
import { openSources } from '../../src/provision/sources.ts'
import type { Bench, Machine, Wanted } from '../../src/provision/step.ts'
import { writeArchives } from '../../src/sandbox/nodes/archives.ts'
import type { NodeSpec } from '../../src/sandbox/nodes/control.ts'
import { type Fleet, startFleet } from '../support/fleet.ts'

export const VERSION = '2026.9.6'
export const KEY = 'sk-ant-api03-the-key-of-the-provider'

/** A bare embedded machine, archives for it, and a fleet that can reach it. */
export interface BareMachine {
  fleet: Fleet
  folder: string
  archives: string
  wanted: Wanted
  run: RunRecord
  /** What the journal holds. */
  kept: RunRecord[]
  additions: AdditionsPort
  /** Opens a link of its own each time. */
  bench(change?: Partial<Bench>, wanted?: Partial<Wanted>): Bench & { close(): Promise<void> }
  /** Every path below the home with what it is. */
  files(): string[]
  close(): Promise<void>
}

/** The same machine, but for what is changed of it. */
export function changedMachine(machine: Machine, change: Partial<Machine>): Machine {
  return {
    exec: machine.exec.bind(machine),
    upload: machine.upload.bind(machine),
    listen: machine.listen.bind(machine),
    hello: machine.hello.bind(machine),
    snapshot: machine.snapshot.bind(machine),
    ...change,
  }
}

export async function startBareMachine(spec: Partial<NodeSpec> = {}): Promise<BareMachine> {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-bare-'))
  const archives = join(folder, 'archives')
  await writeArchives(archives, VERSION)
  await mkdir(join(folder, 'secrets'))
  await writeFile(join(folder, 'secrets', 'ANTHROPIC_API_KEY'), `${KEY}\n`, { mode: 0o600 })
  const timings = { readyMs: 60, stopMs: 20, restartSecMs: 40, crashAfterMs: 40 }
  const fleet = await startFleet([
    { id: 'bare', name: 'Bare', version: VERSION, agents: [], tags: [], bare: true, timings, ...spec },
  ])
  const node = fleet.node('bare')
  const registered = fleet.context.registry.get('bare')
  const wanted: Wanted = {
    id: 'bare',
    host: node.host,
    sshPort: node.sshPort,
    sshUser: node.user,
    gatewayPort: node.gatewayPort,
    version: null,
    model: null,
    secret: 'ANTHROPIC_API_KEY',
  }
  const [hostKey] = registered.hostKeys
  if (hostKey === undefined) throw new Error('the node has no host key')
  const kept: RunRecord[] = []
  const run: RunRecord = {
    wanted,
    name: 'Bare',
    tags: [],
    hostKey,
    startedAt: 0,
    state: 'running',
    steps: [],
    acted: [],
    made: [],
    before: null,
    fault: null,
  }
  const links = new Set<NodeLink & { close(): Promise<void> }>()
  return {
    fleet,
    folder,
    archives,
    wanted,
    run,
    kept,
    additions: {
      get: async () => kept.at(-1),
      put: async (one) => {
        kept.push(structuredClone(one))
      },
      delete: async () => undefined,
    },
    bench(change = {}, other = {}) {
      const link = fleet.context.nodes.temporary(newRecord(registered, registered.createdAt))
      links.add(link)
      const last = kept.at(-1)
      return {
        wanted: { ...wanted, ...other },
        machine: link,
        clock: fleet.context.clock,
        sources: openSources({ source: archives, cache: join(folder, 'cache') }),
        registry: null,
        secrets: openSecrets(join(folder, 'secrets'), () => undefined),
        signal: new AbortController().signal,
        clean: (text) => fleet.context.redact(text).text,
        show: () => undefined,
        before: last?.before ?? null,
        facts: null,
        snapshot: null,
        nodeBinary: null,
        openclaw: null,
        openclawVersion: null,
        made: [...(last?.made ?? [])],
        close: () => link.close(),
        ...change,
      }
    },
    files: () => listed(node.home),
    async close() {
      await Promise.all([...links].map((link) => link.close()))
      await fleet.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

function listed(home: string): string[] {
  return readdirSync(home, { recursive: true, encoding: 'utf8' })
    .map((path) => {
      const { mode, size } = lstatSync(join(home, path))
      return `${path} ${mode.toString(8)} ${(mode & 0o170_000) === 0o040_000 ? '-' : size}`
    })
    .sort()
}
