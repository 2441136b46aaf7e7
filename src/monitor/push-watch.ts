import type { NodeRecord } from '../../registry/schema.ts'
import type { Clock } from '../base/clock.ts'
import { OperatorError } from '../base/errors.ts'
import type { Log } from '../base/log.ts'
import { parseChatEnd } from '../openclaw/methods/chat-event.ts'
import { movesCounter, subscribeToSessions } from '../openclaw/methods/sessions.ts'
import { isOverflowError } from '../openclaw/methods/wordings.ts'
import { MOST_SESSIONS } from '../openclaw/node-budget.ts'
import type { GatewayEvent, NodesPort } from '../openclaw/ports.ts'

/** Events of one turn come in bursts of duplicates; one look after the last of them is enough. */
const SETTLE_MS = 250
/** A busy gateway is not looked at more often than this between sweeps. */
const LEAST_GAP_MS = 1_000
const CALL_DEADLINE_MS = 5_000
/** No session has a longer key. */
const LONGEST_KEY = 512

/** What listening takes of the world. */
export interface PushContext {
  nodes: Pick<NodesPort, 'link'>
  clock: Clock
  log: Log
}

interface Follower {
  stop(): void
  /** Sessions whose provider refused a prompt, until that is on disk. */
  overflows: Set<string>
  lookedAt: number
  scheduled: boolean
}

/**
 * Listens to the gateways between sweeps. 2026.9.6 pushes `sessions.changed` to whoever subscribes; both versions
 * broadcast `chat`, which carries the very error that all this is about.
 */
export class PushWatch {
  private readonly context: PushContext
  private readonly look: (nodeId: string, signal: AbortSignal) => Promise<void>
  private readonly followers = new Map<string, Follower>()
  private readonly ended = new AbortController()
  private readonly work = new Set<Promise<void>>()

  constructor(options: {
    context: PushContext
    look: (nodeId: string, signal: AbortSignal) => Promise<void>
  }) {
    this.context = options.context
    this.look = options.look
  }

  /** Listens to a node unless it is listened to already. Failing is normal: the next sweep tries again. */
  follow(node: NodeRecord): void {
    if (this.followers.has(node.id) || this.ended.signal.aborted) return
    const link = this.context.nodes.link(node)
    const unsubscribe = link.events(
      (event) => this.take(node.id, event),
      () => this.drop(node.id),
    )
    const follower: Follower = {
      stop: unsubscribe,
      overflows: new Set(),
      lookedAt: Number.NEGATIVE_INFINITY,
      scheduled: false,
    }
    this.followers.set(node.id, follower)
    this.track(
      (async () => {
        const limits = { deadlineMs: CALL_DEADLINE_MS, signal: this.ended.signal, fresh: false }
        await subscribeToSessions(link, limits)
      })().catch((error: unknown) => {
        this.drop(node.id)
        if (!(error instanceof OperatorError))
          this.context.log.error({ err: error, node: node.id }, 'listening failed')
      }),
    )
  }

  /** Lets go of nodes that are no longer watched. */
  keepOnly(nodeIds: ReadonlySet<string>): void {
    for (const nodeId of this.followers.keys()) if (!nodeIds.has(nodeId)) this.drop(nodeId)
  }

  /** The sessions that overflowed and of which nothing is on disk yet. */
  overflowsOf(nodeId: string): ReadonlySet<string> {
    return new Set(this.followers.get(nodeId)?.overflows)
  }

  /** These overflows are on disk: an event comes once, so until then each look tells of it again. */
  keepNoLonger(nodeId: string, overflows: ReadonlySet<string>): void {
    for (const sessionKey of overflows) this.followers.get(nodeId)?.overflows.delete(sessionKey)
  }

  /** Stops listening and waits for the looks under way. */
  async stop(): Promise<void> {
    this.ended.abort()
    for (const nodeId of [...this.followers.keys()]) this.drop(nodeId)
    await Promise.allSettled([...this.work])
  }

  private drop(nodeId: string): void {
    const follower = this.followers.get(nodeId)
    this.followers.delete(nodeId)
    follower?.stop()
  }

  private take(nodeId: string, event: GatewayEvent): void {
    const end = parseChatEnd(event)
    if (end === null) {
      if (movesCounter(event)) this.schedule(nodeId)
      return
    }
    const overflowed =
      end.state === 'error' && (end.errorKind === 'context_length' || isOverflowError(end.text))
    const overflows = this.followers.get(nodeId)?.overflows
    // One that invents sessions must not fill the memory between two looks.
    const fits = end.sessionKey.length <= LONGEST_KEY && (overflows?.size ?? 0) < MOST_SESSIONS
    if (overflowed && fits) overflows?.add(end.sessionKey)
    this.schedule(nodeId)
  }

  private schedule(nodeId: string): void {
    const follower = this.followers.get(nodeId)
    if (!follower || follower.scheduled) return
    follower.scheduled = true
    const { clock, log } = this.context
    const wait = Math.max(SETTLE_MS, follower.lookedAt + LEAST_GAP_MS - clock.monotonic())
    this.track(
      (async () => {
        await clock.sleep(wait, this.ended.signal)
        follower.scheduled = false
        follower.lookedAt = clock.monotonic()
        await this.look(nodeId, this.ended.signal)
      })().catch((error: unknown) => {
        if (!this.ended.signal.aborted) log.warn({ err: error, node: nodeId }, 'a look after an event failed')
      }),
    )
  }

  private track(work: Promise<void>): void {
    this.work.add(work)
    void work.finally(() => this.work.delete(work)).catch(() => {})
  }
}
