import { readPlaces } from '../openclaw/backup/places.ts'
import { wasNotRead } from '../openclaw/last-known.ts'
import type { Context } from './context.ts'
import type { Call } from './operation.ts'
import type { Restoration } from './restoration.ts'
import type { RestoreSeen } from './restore-plan.ts'

/** How a restored node compares with its backup. Names are untrusted. */
export interface Compared {
  /** Agents of the backup that the gateway does not have. */
  agentsMissing: string[]
  /** Agents that lack conversations of the backup: by their ids, or by their number where no ids were recorded. */
  fewer: { agent: string; had: number; missing: number }[]
  /** Workspaces and agent directories that were restored and cannot be used. */
  unusable: string[]
  /** Something that the backup tells could not be read from the node, or the backup does not tell its agents. */
  unread: boolean
}

const PLACES_MS = 60_000
const TRIES = 4
const WAIT_MS = 1_500

/** Asks the gateway for its agents and sessions, and the node for every folder that an agent works in. */
export async function compareRestored(
  context: Context,
  call: Call<never>,
  seen: RestoreSeen,
  restoration: Restoration,
): Promise<Compared> {
  try {
    return await compare(context, call, seen, restoration)
  } catch (error) {
    // The node serves what was restored: that it could not be compared takes nothing back.
    context.log.warn(
      { err: error, node: call.node().id },
      'a restored node could not be compared with its backup',
    )
    return { agentsMissing: [], fewer: [], unusable: [], unread: true }
  }
}

async function compare(
  context: Context,
  call: Call<never>,
  { link, manifest }: RestoreSeen,
  restoration: Restoration,
): Promise<Compared> {
  let snapshot = await restoration.look()
  for (
    let tries = 1;
    tries < TRIES && (snapshot.agents.value === null || snapshot.sessions.value === null);
    tries++
  ) {
    if (!wasNotRead(snapshot.agents) && !wasNotRead(snapshot.sessions)) break
    await context.clock.sleep(WAIT_MS)
    snapshot = await restoration.look()
  }
  const { about } = manifest
  const [agents, sessions] = [snapshot.agents.value, snapshot.sessions.value]
  const had = about.agents ?? []
  const has = new Set(agents?.map(({ id }) => id))
  const fewer =
    sessions === null
      ? []
      : had.flatMap(({ id, sessions: then, sessionIds }) => {
          const now = sessions.filter(({ agentId }) => agentId === id)
          const ids = new Set(now.map(({ sessionId }) => sessionId))
          const missing = sessionIds?.filter((one) => !ids.has(one)).length ?? (then ?? 0) - now.length
          return then !== null && missing > 0 ? [{ agent: id, had: then, missing }] : []
        })
  const node = call.node()
  const configured = await restoration.persist(() =>
    readPlaces(link, node.ocPath, { deadlineMs: PLACES_MS, fresh: true }),
  )
  const named = [
    ...configured.places
      .filter(({ kind }) => kind === 'workspace' || kind === 'agent')
      .map(({ path }) => path),
    ...(agents ?? []).flatMap(({ workspace }) => (workspace === null ? [] : [workspace])),
  ]
  // OpenClaw makes a workspace when it is first needed: only what was there then has to be there now.
  const taken = new Set(about.roots.flatMap(({ path, real }) => [path, real]))
  const expected = [...new Set(named)].filter(
    (path) =>
      taken.has(path) ||
      taken.has(path.replace(/^~(?=\/)/, about.home)) ||
      !path.startsWith(`${about.state}/`),
  )
  const unusable = await restoration.persist(() =>
    restoration.side.places(expected, { deadlineMs: PLACES_MS, fresh: true }),
  )
  return {
    agentsMissing: agents === null ? [] : had.map(({ id }) => id).filter((id) => !has.has(id)),
    fewer,
    unusable: [...unusable],
    unread:
      agents === null ||
      about.agents === null ||
      configured.problem !== null ||
      (sessions === null && had.some(({ sessions: then }) => then !== null)),
  }
}
