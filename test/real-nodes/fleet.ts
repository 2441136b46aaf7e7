import { spawn } from 'node:child_process'
import crypto from 'node:crypto'
import { once } from 'node:events'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { OpenClawVersion } from '../../src/sandbox/nodes/releases.ts'
import { must, type Outcome } from './command.ts'
import { type DelayProxy, startDelayProxy } from './delay-proxy.ts'
import { type Faults, faultsOf } from './faults.ts'
import { GATEWAY_PORT, Gateway, OPENCLAW_MODULES, type SessionSpec } from './gateway.ts'
import { type FleetPlace, Machine, type MachineSpec, RUN_DIRECTORY, USER } from './machine.ts'

/** Where prepare.sh puts what the nodes boot from. */
const CACHE = process.env.OCM_REAL_CACHE ?? '/var/cache/ocm-real-nodes'
const CLEANUP = path.join(import.meta.dirname, 'cleanup.sh')

export interface NodeSpec {
  /** Host name, unique in the fleet. */
  readonly name: string
  /** Which OpenClaw runs there as a user service; null for a machine that never had one. */
  readonly openclaw: OpenClawVersion | null
  /** Agents of the gateway, the first one being its default. Default `main`. */
  readonly agents?: readonly string[]
  /** Sessions that exist when the fleet is ready, each grown by a real turn. */
  readonly sessions?: readonly SessionSpec[]
  /** Its Debian; 13 has OpenSSH 10 and no OpenClaw. Default 12. */
  readonly debian?: 12 | 13
  /** A whole machine, or nothing but sshd with the defaults of its package, up in a second. Default systemd. */
  readonly runs?: MachineSpec['runs']
  /** Size of the node's own disk in MiB. Default 2048. */
  readonly diskMb?: number
}

export interface FleetSpec {
  readonly nodes: readonly NodeSpec[]
}

export interface RealNode {
  readonly name: string
  /** Address on this host, reachable only from it. */
  readonly host: string
  readonly port: number
  readonly login: string
  readonly keyPath: string
  readonly gatewayPort: number
  /** The gateway on the node, or undefined where there is none. */
  readonly gateway: Gateway | undefined
  readonly faults: Faults
  /** The machine below: power, cable, disk and files. */
  readonly machine: Machine
  /** The node's present public host key, as `ssh-ed25519 AAAA…`. */
  hostKey(): Promise<string>
  /** Runs a shell command with OpenSSH as the login user. */
  ssh(command: string, options?: Parameters<Machine['ssh']>[1]): Promise<Outcome>
  /** Runs a shell command as root from outside: works without network and sshd. */
  root(command: string, options?: Parameters<Machine['root']>[1]): Promise<Outcome>
  /** Runs a shell command as the login user, with its user bus, from outside. */
  user(command: string, options?: Parameters<Machine['user']>[1]): Promise<Outcome>
  /**
   * Remembers the node as it is. What it returns starts the machine anew as it was then, whatever happened since, and
   * resolves when its gateway serves: the way out where taking one fault back did not work.
   */
  checkpoint(): Promise<() => Promise<void>>
  /** Another address of the node's sshd where every chunk takes `delayMs` longer in each direction. */
  slowLink(delayMs: number): Promise<DelayProxy>
}

export interface Fleet {
  /** Part of every name that the fleet has on this host, as cleanup.sh --list prints them. */
  readonly id: string
  readonly nodes: readonly RealNode[]
  /** Private key of the fleet, in OpenSSH's format and without a passphrase. */
  readonly keyPath: string
  readonly publicKey: string
  node(name: string): RealNode
  /** @throws where the node has none */
  gateway(name: string): Gateway
  /** Removes every node and all that belongs to it. May be called again. */
  stop(): Promise<void>
}

/** Start of this process in clock ticks since boot: with the PID it names a process for good. */
async function processStart(): Promise<string> {
  const stat = await fs.readFile('/proc/self/stat', 'utf8')
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')[19] ?? ''
}

/**
 * A process of its own session that waits for the end of this one, however that comes, and then removes the fleet.
 * It notices by the pipe between them: the kernel closes it even after SIGKILL. Returns a way to let it go.
 */
function startGuard(fleetId: string): () => Promise<void> {
  const guard = spawn('sh', ['-c', 'cat > /dev/null; exec "$0" "$1"', CLEANUP, fleetId], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  })
  guard.unref()
  return async () => {
    if (guard.exitCode !== null || guard.signalCode !== null) return
    guard.ref()
    guard.stdin.end()
    await once(guard, 'exit')
  }
}

async function makePlace(): Promise<FleetPlace> {
  const id = crypto.randomBytes(2).toString('hex')
  const directory = path.join(RUN_DIRECTORY, id)
  await fs.mkdir(RUN_DIRECTORY, { recursive: true })
  await fs.mkdir(directory, { mode: 0o700 })
  await fs.writeFile(path.join(directory, 'owner'), `${process.pid} ${await processStart()}\n`)
  const keyPath = path.join(directory, 'id_ed25519')
  await must('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'ocm-real-nodes', '-f', keyPath])
  const publicKey = (await fs.readFile(`${keyPath}.pub`, 'utf8')).trim()
  return { id, directory, keyPath, publicKey }
}

async function makeNode(place: FleetPlace, spec: NodeSpec): Promise<RealNode> {
  const install = path.join(CACHE, `openclaw-${spec.openclaw}`)
  const binds: Array<[string, string]> = spec.openclaw
    ? [
        [path.join(CACHE, 'node'), '/opt/node'],
        [path.join(install, 'node_modules'), OPENCLAW_MODULES],
      ]
    : []
  const { name, diskMb = 2048, runs = 'systemd' } = spec
  const base = path.join(CACHE, spec.debian === 13 ? 'base-trixie' : 'base')
  const machine = await Machine.create(place, { name, diskMb, binds, base, runs })
  const gateway = spec.openclaw
    ? new Gateway(machine, spec.openclaw, spec.agents ?? ['main'], install)
    : undefined
  await gateway?.prepareDisk()
  return {
    name,
    host: machine.host,
    port: 22,
    login: USER,
    keyPath: place.keyPath,
    gatewayPort: GATEWAY_PORT,
    gateway,
    machine,
    faults: faultsOf(machine, gateway),
    hostKey: () => machine.hostKey(),
    ssh: (command, options) => machine.ssh(command, options),
    root: (command, options) => machine.root(command, options),
    user: (command, options) => machine.user(command, options),
    async checkpoint() {
      await machine.keepDisk()
      return async () => {
        if (machine.isOn) await machine.powerOff()
        await machine.putDiskBack()
        await gateway?.followDisk()
        await machine.powerOn()
        await gateway?.waitReady()
      }
    },
    slowLink: (delayMs) => startDelayProxy(machine.host, 22, delayMs),
  }
}

async function bringUp(node: RealNode, spec: NodeSpec): Promise<void> {
  await node.machine.powerOn()
  if (!node.gateway) return
  await node.gateway.ensureService()
  await node.gateway.waitReady()
  await node.gateway.keepCompiled()
  await node.gateway.grow(spec.sessions ?? [])
}

/** Waits for all, so that a failure of one leaves nothing half made behind it; then rejects with the first failure. */
export async function all<T>(work: readonly Promise<T>[]): Promise<T[]> {
  const ends = await Promise.allSettled(work)
  const failed = ends.find((end) => end.status === 'rejected')
  if (failed) throw failed.reason
  return ends.map((end) => (end as PromiseFulfilledResult<T>).value)
}

/**
 * Boots real Debian nodes on this host; resolves when each answers ssh, each gateway serves, and its sessions have their
 * sizes. Needs root and what prepare.sh builds. First removes what test runs that have ended left behind.
 */
export async function startFleet(spec: FleetSpec): Promise<Fleet> {
  const prepare = path.join(import.meta.dirname, 'prepare.sh')
  await must(prepare, ['--check']).catch((error: unknown) => {
    throw new Error('real nodes are not prepared; run test/real-nodes/prepare.sh as root', { cause: error })
  })
  // A version that only a few tests need is fetched by the first of them.
  const versions = spec.nodes.flatMap(({ openclaw }) => openclaw ?? [])
  if (versions.length > 0) await must(prepare, [...new Set(versions)], { timeoutMs: 600_000 })
  await must(CLEANUP, [])
  const place = await makePlace()
  const releaseGuard = startGuard(place.id)
  const stop = async () => {
    await must(CLEANUP, [place.id])
    await releaseGuard()
  }
  try {
    const nodes = await all(spec.nodes.map((node) => makeNode(place, node)))
    await all(nodes.map((node, index) => bringUp(node, spec.nodes[index] as NodeSpec)))
    const nodeOf = (name: string) => {
      const found = nodes.find((node) => node.name === name)
      if (!found) throw new Error(`no node ${name}`)
      return found
    }
    return {
      id: place.id,
      nodes,
      keyPath: place.keyPath,
      publicKey: place.publicKey,
      stop,
      node: nodeOf,
      gateway(name) {
        const { gateway } = nodeOf(name)
        if (!gateway) throw new Error(`${name} has no gateway`)
        return gateway
      },
    }
  } catch (error) {
    await stop()
    throw error
  }
}
