import { join } from 'node:path'
import { type Clock, systemClock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'
import type { Config } from '../../settings/config.ts'
import { inspectStore, type StoreReport } from '../../store/inspect.ts'
import { type Finding, finding } from './finding.ts'

/** Far above the size at which a bot writes the log back. */
const LARGE_LOG_BYTES = 128 * 1024 * 1024

/** Both files of the store: what must not be lost, and what is only remembered. A file that is not there is no fault. */
export async function checkStore({ dataDir }: Config, clock: Clock = systemClock): Promise<Finding[]> {
  const reports = await Promise.all(['ocm.db', 'cache.db'].map((name) => inspectStore(join(dataDir, name))))
  return reports.flatMap((report) => findingsOf(report, clock.now()))
}

function findingsOf(report: StoreReport, now: number): Finding[] {
  const { file, state, logBytes, setAside, copies } = report
  if (state === 'missing') return []
  const found = [state === 'sound' ? sound(report, now) : faulty(report)]
  if (state === 'sound' && logBytes > LARGE_LOG_BYTES)
    found.push(finding('data', 'warning', 'doctor.store-log-large', { file, log: logBytes }))
  if (setAside > 0) found.push(finding('data', 'note', 'doctor.store-set-aside', { file, count: setAside }))
  if (copies > 0) found.push(finding('data', 'note', 'doctor.store-copies', { file, count: copies }))
  return found
}

function sound({ file, bytes, logBytes, writtenBackAt }: StoreReport, now: number): Finding {
  const ago = writtenBackAt === null ? {} : { ago: Math.max(0, now - writtenBackAt) }
  return finding('data', 'ok', 'doctor.store-sound', { file, size: bytes, log: logBytes, ...ago })
}

function faulty({ file, state, error }: StoreReport): Finding {
  if (state === 'waiting') return finding('data', 'warning', 'doctor.store-waiting', { file })
  if (state === 'damaged') {
    const cause = error instanceof OperatorError ? error.cause : error
    const detail = cause instanceof Error ? cause.message : null
    return finding('data', 'problem', 'doctor.store-damaged', { file }, { detail })
  }
  const { code, params } =
    error instanceof OperatorError ? error : new OperatorError('data-unreachable', { file })
  return finding('data', 'problem', `error.${code}`, params, { mend: `error.${code}.next` })
}
