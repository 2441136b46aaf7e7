import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { OPENCLAW_VERSIONS, type OpenClawVersion } from '../releases.ts'

/** The unit as systemd sees it. Times are epoch milliseconds by the node's clock, 0 for never. */
export interface UnitState {
  active: 'inactive' | 'activating' | 'active' | 'deactivating' | 'failed'
  sub: string
  result: string
  mainPid: number
  lastPid: number
  exitCode: number
  exitStatus: number
  restarts: number
  enabled: boolean
  startedAt: number
  exitedAt: number
  changedAt: number
}

export interface UnitFile {
  path: string
  execStart: string
  node: string
}

/** Takes over which programs the file names now; a file that is not there changes nothing. */
export function readUnit(unit: UnitFile): void {
  try {
    const execStart = /^ExecStart=(.+)$/m.exec(readFileSync(unit.path, 'utf8'))?.[1]
    if (execStart === undefined) return
    unit.execStart = execStart
    unit.node = execStart.split(' ')[0] ?? unit.node
  } catch {
    // Nothing is installed yet.
  }
}

/** Which release the unit's program is; null where it is not there. */
export function releaseOf({ execStart }: UnitFile): OpenClawVersion | null {
  const entry = execStart.split(' ').find((word) => word.endsWith('/dist/index.js'))
  if (entry === undefined) return null
  try {
    const text = readFileSync(join(dirname(dirname(entry)), 'package.json'), 'utf8')
    const { version } = JSON.parse(text) as { version: string }
    return OPENCLAW_VERSIONS.find((known) => known === version) ?? null
  } catch {
    return null
  }
}

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

function timestamp(time: number): string {
  if (time === 0) return ''
  const date = new Date(time)
  const [day, clock] = date.toISOString().slice(0, 19).split('T')
  return `${DAYS[date.getUTCDay()]} ${day} ${clock} UTC`
}

/** `systemctl show` of the unit: one property a line, in systemd's own order and formats. */
export function showUnit(state: UnitState, unit: UnitFile): string {
  const start = timestamp(state.startedAt) || 'n/a'
  const stop = timestamp(state.exitedAt) || 'n/a'
  const code = state.exitCode === 0 ? '(null)' : state.exitCode === 1 ? 'exited' : 'killed'
  const command = `{ path=${unit.node} ; argv[]=${unit.execStart} ; ignore_errors=no ; start_time=[${start}] ; stop_time=[${stop}] ; pid=${state.lastPid} ; code=${code} ; status=${state.exitStatus}/${state.exitStatus} }`
  const properties: [string, string | number][] = [
    ['Type', 'simple'],
    ['Restart', 'always'],
    ['RestartUSec', '5s'],
    ['MainPID', state.mainPid],
    ['Result', state.result],
    ['NRestarts', state.restarts],
    ['ExecMainStartTimestamp', timestamp(state.startedAt)],
    ['ExecMainStartTimestampMonotonic', state.startedAt * 1000],
    ['ExecMainExitTimestamp', timestamp(state.exitedAt)],
    ['ExecMainPID', state.lastPid],
    ['ExecMainCode', state.exitCode],
    ['ExecMainStatus', state.exitStatus],
    ['ExecStart', command],
    ['Id', 'openclaw-gateway.service'],
    ['Names', 'openclaw-gateway.service'],
    ['Description', 'OpenClaw Gateway'],
    ['LoadState', 'loaded'],
    ['ActiveState', state.active],
    ['SubState', state.sub],
    ['FragmentPath', unit.path],
    ['UnitFileState', state.enabled ? 'enabled' : 'disabled'],
    ['UnitFilePreset', 'enabled'],
    ['StateChangeTimestamp', timestamp(state.changedAt)],
    ['ActiveEnterTimestamp', timestamp(state.startedAt)],
    ['NeedDaemonReload', 'no'],
  ]
  return properties.map(([key, value]) => `${key}=${value}\n`).join('')
}

/** Publishes the state where the `systemctl` stand-in reads it; a reader never sees half a file. */
export function publishUnit(file: string, state: UnitState, unit: UnitFile): void {
  writeFileSync(`${file}.next`, showUnit(state, unit))
  renameSync(`${file}.next`, file)
}
