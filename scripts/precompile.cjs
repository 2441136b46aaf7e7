// `node precompile.cjs FOLDER`: runs the command line once for each of its quick commands, and writes what V8 has
// compiled meanwhile beside it; see launcher.cjs.
'use strict'
const { mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs')
const { createRequire } = require('node:module')
const { tmpdir } = require('node:os')
const { dirname, join, resolve } = require('node:path')
const { Script } = require('node:vm')

const COMMANDS = [['help'], ['completion', 'bash'], ['node', 'list', '--cached']]

const VERSION = '2026.9.6'

const file = resolve(process.argv[2], 'ocm.js')
const data = mkdtempSync(join(tmpdir(), 'ocm-precompile-'))
process.env.OCM_DATA_DIR = data
const IDS = ['a', 'b', 'c']
writeFileSync(join(data, 'registry.json'), JSON.stringify(registryOf(IDS)))
// Taken over like those of an older ocm: what is only shown of a node that was seen is compiled as well.
writeFileSync(join(data, 'snapshots.jsonl'), IDS.map((id) => `${JSON.stringify(snapshotOf(id))}\n`).join(''))
let printed = ''
process.stdout.write = (text) => {
  printed += text
  return true
}
const text = readFileSync(file, 'latin1')
// A regular expression keeps its signs as they are written.
const foreign = /.{0,40}[\x80-\xff].{0,40}/.exec(text)
if (foreign) throw new Error(`write this with \\u in its source: ${Buffer.from(foreign[0], 'latin1')}`)
const script = new Script(text, { filename: file })
const waiting = [...COMMANDS]
process.on('beforeExit', () => {
  const command = waiting.shift()
  if (command) return run(command)
  if (!printed.includes(VERSION)) throw new Error(`the list does not show the snapshots:\n${printed}`)
  rmSync(data, { recursive: true, force: true })
  writeFileSync(join(dirname(file), 'ocm.compiled'), script.createCachedData())
  process.exit(0)
})

function run(command) {
  process.argv = [process.execPath, file, ...command]
  const module = { exports: {} }
  // A command that waits for nothing would end the process with itself.
  setImmediate(() => undefined)
  script.runInThisContext()(module.exports, createRequire(file), module, file, dirname(file))
}

function registryOf(ids) {
  const stamp = new Date().toISOString()
  const nodes = ids.map((id, index) => ({
    id,
    name: id,
    host: `192.0.2.${index + 1}`,
    sshPort: 22,
    sshUser: 'oc',
    gatewayPort: 18_789,
    ocPath: null,
    unit: null,
    jump: null,
    tags: [],
    state: 'active',
    stateReason: null,
    maintenance: null,
    hostKeys: [],
    agents: [],
    createdAt: stamp,
    updatedAt: stamp,
    retiredAt: null,
  }))
  return { version: 3, revision: 0, jumps: {}, nodes }
}

/** A node in health, as the store keeps it. */
function snapshotOf(nodeId) {
  const at = Date.now()
  const reading = (source) => (value) => ({ freshness: 'fresh', value, source, observedAt: at })
  const probe = reading('probe')
  const rpc = reading('rpc')
  return {
    nodeId,
    observedAt: at,
    tookMs: 40,
    state: 'serving',
    reason: null,
    host: {
      hostname: probe(nodeId),
      uptimeSeconds: probe(86_400),
      load: probe({ one: 0.4, five: 0.3, fifteen: 0.2 }),
      cpuCount: probe(4),
      memory: probe({ totalBytes: 8e9, availableBytes: 4e9, usedPercent: 50 }),
      disk: probe({ path: '/home', totalBytes: 1e11, availableBytes: 6e10, usedPercent: 40 }),
      clockSkewMs: probe(12),
    },
    service: {
      kind: probe('systemd-user'),
      unit: probe('openclaw-gateway.service'),
      activeState: probe('active'),
      subState: probe('running'),
      result: probe('success'),
      exitStatus: probe(0),
      pid: probe(4242),
      restarts: probe(0),
      startedAt: probe(at),
      enabled: probe(true),
      linger: probe(true),
    },
    install: {
      version: probe(VERSION),
      binary: probe('/usr/bin/openclaw'),
      nodeBinary: probe('/usr/bin/node'),
      nodeVersion: probe('24.21.0'),
      configPath: probe('/home/oc/.openclaw/openclaw.json'),
      configValid: probe(true),
      gatewayPort: probe(18_789),
    },
    gateway: {
      protocol: rpc(4),
      ready: rpc(true),
      uptimeMs: rpc(3_600_000),
      bootId: rpc('boot'),
      health: rpc({ ok: true, issues: [] }),
      channels: rpc([]),
    },
    agents: rpc([{ id: 'main', name: null, model: 'fake/big', isDefault: true, workspace: null }]),
    bindings: rpc([]),
    sessions: rpc([
      {
        key: 'agent:main:main',
        agentId: 'main',
        sessionId: 's',
        kind: 'direct',
        model: 'big',
        modelProvider: 'fake',
        lastInteractionAt: at,
        startedAt: null,
        status: 'done',
        running: false,
        lastRunError: null,
        compactionCount: 0,
        archived: false,
        context: {
          used: rpc(30_000),
          window: rpc(200_000),
          windowFrom: 'session',
          reserve: 34_048,
          reserveFrom: 'default',
          cap: null,
          headroom: rpc(135_952),
          usablePercent: rpc(18),
        },
        usage: { inputTokens: 10, outputTokens: 5, estimatedCostUsd: null },
      },
    ]),
  }
}
