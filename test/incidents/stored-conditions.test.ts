import { describe, expect, it } from 'vitest'
import { incidentStateSchema } from '../../src/incidents/incident.ts'
import { defaultIncidentSettings } from '../../src/incidents/settings.ts'
import { signalKey } from '../../src/monitor/signal.ts'
import { translateCoded } from '../../src/text/translate.ts'
import { advance, emptyIncidentState } from './whole-state.ts'

/** What version 0.1.0 wrote as the cause of an incident. */
const WRITTEN_BEFORE = [
  'context-level',
  'headroom-short',
  'context-overflow',
  'time-left',
  'compaction-missed',
  'compaction-looping',
  'compaction-failed',
  'runaway',
  'node-unreachable',
  'not-serving',
  'service-down',
  'crash-looping',
  'disk-full',
  'memory-full',
  'host-key-changed',
  'bot-blind',
]

/** An incident about the context of a session, as it stands on the disk. */
function stored(cause: string): unknown {
  const subject = { nodeId: 'alpha', agentId: 'main', sessionKey: 'agent:main:main' }
  const seen = {
    level: 'critical',
    holdLevel: 'critical',
    cause: 'context-level',
    params: { agent: 'main', session: 'agent:main:main', percent: 93, headroom: 12_000 },
  } as const
  const signal = { key: signalKey('context', subject), topic: 'context', subject, at: 1, seen } as const
  const state = advance(
    emptyIncidentState(),
    { kind: 'signals', signals: [signal] },
    {
      now: 1,
      settings: defaultIncidentSettings,
      tagsOf: () => [],
      unwatched: new Map(),
      isShown: () => false,
    },
  )
  const document = JSON.parse(JSON.stringify(state))
  document.incidents[0].cause = cause
  return document
}

describe('an incident on the disk', () => {
  it.each(WRITTEN_BEFORE)('is read with what it was written with: %s', (cause) => {
    const [incident] = incidentStateSchema.parse(stored(cause)).incidents
    if (!incident) throw new Error('no incident')
    expect(incident.cause).toBe(cause)
    expect(translateCoded('en', `condition.${incident.cause}`, incident.params)).toMatch(/^\p{Lu}|^ocm/u)
  })
})
