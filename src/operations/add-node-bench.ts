import type { NodeLink } from '../openclaw/ports.ts'
import type { RunRecord } from '../provision/run-record.ts'
import type { Bench } from '../provision/step.ts'
import type { Context } from './context.ts'

/** What the steps of an addition work on, over a link of its own. */
export function benchOf(
  context: Context,
  { wanted, before, made }: RunRecord,
  machine: NodeLink,
  signal: AbortSignal,
  show: Bench['show'],
): Bench {
  const { clock, provision, redact } = context
  return {
    wanted,
    machine,
    clock,
    sources: provision.sources,
    secrets: provision.secrets,
    registry: provision.registry,
    signal,
    clean: (text) => redact(text).text,
    show,
    before,
    made: [...made],
    facts: null,
    snapshot: null,
    nodeBinary: null,
    openclaw: null,
    openclawVersion: null,
  }
}
