import { systemClock } from '../../base/clock.ts'
import { OperatorError } from '../../base/errors.ts'
import { offsitePlace } from '../../offsite/place.ts'
import type { Config } from '../../settings/config.ts'
import { type Finding, finding } from './finding.ts'

/** Nobody who examines a setup waits longer for each of a few trials. */
const SILENCE_MS = 4_000

/** Whether the off-site target answers, and what lies there; nothing where none is set up. */
export async function checkOffsite({ offsite }: Config, signal: AbortSignal): Promise<Finding[]> {
  if (offsite === null) return []
  const place = offsitePlace(offsite, systemClock, SILENCE_MS)
  try {
    const { copiesThere } = await import('../../offsite/look.ts')
    const there = await copiesThere({ target: await place.open(), signal }, null)
    return [finding('data', 'ok', 'doctor.offsite-answers', { target: place.name, count: there.length })]
  } catch (error) {
    if (!(error instanceof OperatorError) || error.code !== 'offsite-failed') throw error
    const { why = 'refused' } = error.params
    const detail = error.detail ?? null
    return [finding('data', 'problem', 'doctor.offsite-failed', { target: place.name, why }, { detail })]
  }
}
