import { randomUUID } from 'node:crypto'
import { statfsSync, statSync } from 'node:fs'
import { cpus, freemem, loadavg, totalmem } from 'node:os'
import type { OpenClawState } from '../openclaw/state.ts'
import { copyOf, type Json, recordingsOf } from '../recorded.ts'
import { channelsOf, healthOf, statusOf } from './answers.ts'
import { type Call, type MethodTable, stringParam } from './method.ts'

const DEFAULT_LOG_LINES = 500
const DEFAULT_LOG_BYTES = 250_000
const SUSPENSION_MS = 10 * 60_000

function systemInfo({ openclaw, process }: Call): Json {
  const disk = statfsSync(openclaw.home)
  const totalBytes = disk.blocks * disk.bsize
  const availableBytes = disk.bavail * disk.bsize
  return copyOf(recordingsOf('2026.9.6').systemInfo, {
    machineName: openclaw.hostname,
    hostname: openclaw.hostname,
    nodeVersion: openclaw.nodeVersion,
    pid: process.pid(),
    uptimeMs: openclaw.now() - process.startedAt(),
    cpuCount: cpus().length,
    loadAverage: loadavg(),
    memoryTotalBytes: totalmem(),
    memoryFreeBytes: freemem(),
    disks: [{ path: '/', totalBytes, availableBytes }],
    diskTotalBytes: totalBytes,
    diskAvailableBytes: availableBytes,
    diskPath: openclaw.stateDirectory,
  })
}

function logsTail({ openclaw, params }: Call): Json {
  const limit = typeof params.limit === 'number' ? params.limit : DEFAULT_LOG_LINES
  const maxBytes = typeof params.maxBytes === 'number' ? params.maxBytes : DEFAULT_LOG_BYTES
  const size = statSync(openclaw.log.path).size
  const cursor = typeof params.cursor === 'number' ? params.cursor : 0
  const reset = cursor > size
  let skip = reset ? 0 : cursor
  const fresh = openclaw.log.rawLines().filter((line) => {
    skip -= Buffer.byteLength(line) + 1
    return skip < 0
  })
  const lines = fresh.slice(-limit)
  let bytes = lines.reduce((sum, line) => sum + Buffer.byteLength(line) + 1, 0)
  while (bytes > maxBytes && lines.length > 1) bytes -= Buffer.byteLength(lines.shift() ?? '') + 1
  return { file: openclaw.log.path, cursor: size, size, lines, truncated: lines.length < fresh.length, reset }
}

/** What a restart would interrupt. */
export function preflightOf(openclaw: OpenClawState): Json {
  const { active } = openclaw.turns
  const counts = {
    queueSize: 0,
    pendingReplies: 0,
    embeddedRuns: active,
    cronRuns: 0,
    backgroundExecSessions: 0,
    rootRequests: 0,
    activeTasks: 0,
    totalActive: active,
  }
  if (active === 0) return { safe: true, counts, blockers: [], summary: 'safe to restart now' }
  const message = `${active} active embedded run(s)`
  const blockers = [{ kind: 'embedded-run', count: active, message }]
  return { safe: false, counts, blockers, summary: `restart deferred: ${message}` }
}

function restartRequest({ openclaw, process, params }: Call): Json {
  const reason = typeof params.reason === 'string' ? params.reason : 'gateway.restart.request'
  const preflight = preflightOf(openclaw)
  const pid = process.pid()
  process.restart(reason)
  const restart = {
    ok: true,
    pid,
    signal: 'SIGUSR2',
    reason,
    mode: 'emit',
    cooldownMsApplied: 0,
    delayMs: 0,
    coalesced: false,
    emitHooksQueued: false,
  }
  const atOnce = preflight.safe || params.skipDeferral === true
  return { ok: true, status: atOnce ? 'scheduled' : 'deferred', preflight, restart }
}

function suspend({ openclaw }: Call): Json {
  const { active } = openclaw.turns
  const blockers = active === 0 ? [] : [{ kind: 'embedded-run', count: active }]
  return {
    status: active === 0 ? 'ready' : 'busy',
    suspensionId: randomUUID(),
    expiresAtMs: openclaw.now() + SUSPENSION_MS,
    activeCount: active,
    blockers,
    writeCustody: [],
  }
}

function usageCost({ openclaw, params }: Call): Json {
  const total = openclaw.sessions.all().reduce((sum, session) => sum + session.costUsd, 0)
  const totals = {
    input: 0,
    output: 0,
    cacheRead: 0,
    cacheWrite: 0,
    totalTokens: 0,
    totalCost: total,
    inputCost: total,
    outputCost: 0,
    cacheReadCost: 0,
    cacheWriteCost: 0,
    missingCostEntries: 0,
  }
  const date = new Date(openclaw.now()).toISOString().slice(0, 10)
  const days = typeof params.days === 'number' ? params.days : 31
  return { updatedAt: openclaw.now(), days, daily: [{ date, ...totals }], totals }
}

function pairedDevices({ openclaw }: Call): Json {
  const paired = [...openclaw.devices].map(([deviceId, device]) => ({
    deviceId,
    role: 'operator',
    roles: ['operator'],
    scopes: device.scopes,
    createdAtMs: device.pairedAt,
    approvedAtMs: device.pairedAt,
    tokens: [{ role: 'operator', scopes: device.scopes, createdAtMs: device.pairedAt }],
  }))
  return { pending: [], paired }
}

/** The gateway about itself and its process. */
export const systemMethods: MethodTable = {
  health: { params: ['probe'], run: ({ openclaw }) => healthOf(openclaw) },
  status: { params: ['deep'], run: ({ openclaw }) => statusOf(openclaw) },
  'system.info': { params: [], run: systemInfo },
  'channels.status': { params: ['probe', 'timeoutMs'], run: ({ openclaw }) => channelsOf(openclaw) },
  'logs.tail': { params: ['cursor', 'limit', 'maxBytes'], run: logsTail },
  'usage.cost': { params: ['days', 'startDate', 'endDate'], run: usageCost },
  'usage.status': { params: [], run: ({ openclaw }) => ({ updatedAt: openclaw.now(), providers: [] }) },
  'cron.list': { params: ['includeDisabled'], run: () => ({ jobs: [] }) },
  'device.pair.list': { params: [], run: pairedDevices },
  'update.status': {
    params: [],
    run: () => ({
      sentinel: null,
      updateAvailable: null,
      effectiveChannel: 'stable',
      schedule: { channel: 'stable', autoEnabled: false },
    }),
  },
  'gateway.restart.preflight': { params: [], run: ({ openclaw }) => preflightOf(openclaw) },
  'gateway.restart.request': { params: ['reason', 'skipDeferral', 'target'], run: restartRequest },
  'gateway.suspend.prepare': { params: ['requestId!'], run: suspend },
  'gateway.suspend.resume': {
    params: ['suspensionId!'],
    run(call) {
      stringParam(call, 'suspensionId')
      return { ok: true, status: 'running', resumed: true }
    },
  },
}
