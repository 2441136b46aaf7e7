import type { NodeRecord } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { Reason } from '../base/reading.ts'
import { observeNode } from '../monitor/observe.ts'
import { listAgents } from '../openclaw/methods/agents.ts'
import type { Answered } from '../openclaw/methods/answered.ts'
import { parseBindings } from '../openclaw/methods/bindings.ts'
import { type ConfigView, patchConfig, readConfig } from '../openclaw/methods/config.ts'
import type { NodeLink } from '../openclaw/ports.ts'
import { reasonOfError } from '../openclaw/reasons.ts'
import type { BindingFacts, NodeSnapshot } from '../openclaw/snapshot.ts'
import type { Context } from './context.ts'
import { rememberAgents } from './remember-agents.ts'

/** The answer comes before the reload, which took up to 2 s (run). */
const ANSWERED_MS = 15_000
/** A gateway that begins anew is back by then, also on a busy machine. */
const SILENT_MS = 60_000
const PAUSE_MS = 300
const READ_MS = 20_000

/** How long a change is looked for: longer where no answer said that it was made. */
export function patienceFor({ answered }: Answered<unknown>): number {
  return answered ? ANSWERED_MS : SILENT_MS
}

/** What was read in the end: the last value that was read, and why the last look failed. */
export interface ReadBack<T> {
  shown: boolean
  last: T | null
  reason: Reason | null
}

/** Reads until it shows what was asked for or the time is over. A gateway that is busy or begins anew is asked again. */
export async function readUntil<T>(
  context: Context,
  read: () => Promise<T>,
  { shows, forMs }: { shows(value: T): boolean; forMs: number },
): Promise<ReadBack<T>> {
  const started = context.clock.monotonic()
  let last: T | null = null
  for (;;) {
    let reason: Reason | null = null
    try {
      last = await read()
      if (shows(last)) return { shown: true, last, reason }
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code === 'cancelled') throw error
      reason = reasonOfError(error)
    }
    if (context.clock.monotonic() - started >= forMs) return { shown: false, last, reason }
    await context.clock.sleep(PAUSE_MS)
  }
}

/**
 * Looks at a node until it shows what is waited for, so that every list knows at once what became of an agent. Never
 * throws: that is known by now, and no look may take its place.
 */
export async function lookAgain(
  context: Context,
  node: NodeRecord,
  until: { shows(snapshot: NodeSnapshot): boolean; forMs: number },
): Promise<void> {
  const { statusDeadlineMs: deadlineMs } = context.limits
  try {
    const { last } = await readUntil(
      context,
      () => observeNode(context, node, { kind: 'asked', deadlineMs }),
      until,
    )
    if (last !== null) await rememberAgents(context, node, last)
  } catch (error) {
    context.log.warn(
      { err: error, node: node.id },
      'the node could not be looked at after its agents changed',
    )
  }
}

/** The agents by their ids, for {@link readUntil}. */
export async function readAgentIds(link: NodeLink): Promise<string[]> {
  return (await listAgents(link, { deadlineMs: READ_MS })).agents.map(({ id }) => id)
}

/** Tries against a configuration that is written to at the same time. */
const PATCH_TRIES = 4
/** How gateways refuse a patch that was made for another configuration (every version). */
const CHANGED_SINCE = /changed since|base ?hash/i

/**
 * Patches the configuration as it is now: a patch is made anew where somebody else has written meanwhile.
 * @param make null where no patch can be made
 * @returns null when `make` gave none
 * @throws OperatorError when nothing was sent or the gateway refused
 */
export async function patchCurrent(
  link: NodeLink,
  make: (config: ConfigView) => { patch: object } | null,
): Promise<Answered<{ needsRestart: boolean }> | null> {
  for (let attempt = 1; ; attempt += 1) {
    const config = await readConfig(link)
    const made = make(config)
    if (made === null) return null
    try {
      return await patchConfig(link, { patch: made.patch, baseHash: config.hash })
    } catch (error) {
      const outdated = error instanceof OperatorError && CHANGED_SINCE.test(error.detail ?? '')
      if (!outdated || attempt === PATCH_TRIES) throw error
    }
  }
}

/** The bindings of a configuration; none where it has none. */
export function bindingsIn(config: ConfigView): readonly BindingFacts[] {
  return parseBindings(config) ?? []
}
