import { join } from 'node:path'
import type { NodeRecord } from '../../registry/schema.ts'
import { systemClock } from '../../src/base/clock.ts'
import { createNodes } from '../../src/openclaw/nodes.ts'
import type { OpenClawVersion } from '../../src/sandbox/nodes/control.ts'
import { startNodes } from '../../src/sandbox/nodes/start-nodes.ts'
import { parsePrivateKey } from '../../src/ssh/keys.ts'
import { createSshPool } from '../../src/ssh/pool.ts'
import type { HostKey } from '../../src/ssh/ssh.ts'
import { loginKey } from '../sandbox/nodes/clients.ts'
import { haveSshd, poolFor, silentLog, startSshd, temporaryFolder, tryKill } from '../ssh/rig.ts'
import { freePort } from '../support/free-port.ts'
import { nodeLinkContract, type OpenedNode } from './node-link.contract.ts'

nodeLinkContract('an embedded node of 2026.9.6', 4, () => openEmbedded('2026.9.6'))
nodeLinkContract('an embedded node of 2026.2.17', 3, () => openEmbedded('2026.2.17'))
if (haveSshd) nodeLinkContract('a real sshd without a gateway', null, openSshd)

async function openEmbedded(version: OpenClawVersion): Promise<OpenedNode> {
  const sandbox = await startNodes({
    authorizedKeys: [loginKey.publicKey],
    nodes: [
      {
        id: 'web',
        name: 'Web',
        version,
        agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 15_000 }] }],
        timings: { readyMs: 100, stopMs: 20, restartSecMs: 100, crashAfterMs: 30, tickMs: 3_000 },
      },
    ],
  })
  const node = sandbox.node('web')
  const pool = createSshPool({
    auth: { agentSocket: null, privateKey: parsePrivateKey(loginKey.privateKey, null) },
    connectTimeoutMs: 4_000,
    clock: systemClock,
    log: silentLog,
  })
  const [type = '', key = ''] = node.hostPublicKey.split(' ')
  const { gateway, ssh } = node
  const folder = temporaryFolder()
  const nodes = nodesOver(pool, folder.path)
  return {
    nodes,
    folder,
    record: recordOf({ sshPort: node.sshPort, sshUser: node.user, gatewayPort: node.gatewayPort }, [
      { type, key },
    ]),
    connections: () => node.facts().sshConnections,
    cut: () => ssh.dropConnections(),
    gateway: {
      freeze: () => gateway.freeze(),
      thaw: () => gateway.thaw(),
      restart: () => gateway.restartService(),
      rotateToken: () => void gateway.rotateToken(),
    },
    ailments: [
      {
        name: 'the service is stopped',
        state: 'service-down',
        begin: () => gateway.stopService(),
        end: () => gateway.startService(),
      },
      {
        name: 'the gateway hangs',
        state: 'not-serving',
        begin: async () => gateway.freeze(),
        end: async () => gateway.thaw(),
      },
      {
        name: 'the network swallows everything',
        state: 'unreachable',
        begin: () => ssh.goDark('silent'),
        end: () => ssh.comeBack(),
      },
      {
        name: 'the machine is off',
        state: 'unreachable',
        begin: async () => {
          await ssh.goDark('refused')
          ssh.dropConnections()
        },
        end: () => ssh.comeBack(),
      },
    ],
    async close() {
      await nodes.close()
      await sandbox.close()
      folder.remove()
    },
  }
}

async function openSshd(): Promise<OpenedNode> {
  const sshd = await startSshd()
  const folder = temporaryFolder()
  const nodes = nodesOver(poolFor(sshd.userKey), folder.path)
  const { port: sshPort, user: sshUser } = sshd.target()
  const sessions = () =>
    sshd.descendants().filter(({ command }) => /^sshd(-session)?: \S+@notty/.test(command))
  return {
    nodes,
    folder,
    record: recordOf({ sshPort, sshUser, gatewayPort: await freePort() }, sshd.hostKeys),
    connections: () => sessions().length,
    cut() {
      for (const { pid } of sessions()) tryKill(pid, 'SIGKILL')
    },
    gateway: null,
    ailments: [
      {
        name: 'the connection is frozen',
        state: 'unreachable',
        begin: async () => {
          for (const { pid } of sshd.descendants()) tryKill(pid, 'SIGSTOP')
        },
        end: async () => {
          for (const { pid } of sshd.descendants()) tryKill(pid, 'SIGCONT')
        },
      },
    ],
    async close() {
      await nodes.close()
      sshd.stop()
      folder.remove()
    },
  }
}

function nodesOver(pool: ReturnType<typeof createSshPool>, folder: string) {
  return createNodes({
    pool,
    clock: systemClock,
    log: silentLog,
    deviceKeyPath: join(folder, 'device-key.pem'),
    knownHosts: () => [],
    jumpOf: () => null,
  })
}

function recordOf(
  where: Pick<NodeRecord, 'sshPort' | 'sshUser' | 'gatewayPort'>,
  hostKeys: readonly HostKey[],
): NodeRecord {
  const stamp = '2026-11-22T00:00:00Z'
  return {
    id: 'web',
    name: 'Web',
    host: '127.0.0.1',
    ...where,
    ocPath: null,
    unit: null,
    jump: null,
    tags: [],
    state: 'active',
    stateReason: null,
    maintenance: null,
    hostKeys: hostKeys.map((key) => ({ ...key, fingerprint: '', approvedAt: stamp, approvedBy: 'test' })),
    agents: [],
    createdAt: stamp,
    updatedAt: stamp,
    retiredAt: null,
  }
}
