import { userInfo } from 'node:os'
import type { Actor } from '../../../src/operations/access.ts'
import type { OperationName } from '../../../src/operations/index.ts'
import { restartNode } from '../../../src/operations/restart-node.ts'
import { setApprovalRule } from '../../../src/operations/set-approval-rule.ts'
import { PEOPLE, type SandboxNodeSpec } from '../../../src/sandbox/stage/start-sandbox.ts'
import { actor } from '../../support/fleet.ts'
import { eventually } from '../../support/until.ts'
import type { World } from '../world.ts'
import { alpha, type Change, type Changes, did, NODE, TAG } from './change.ts'

const PATIENCE_MS = 60_000
/** Far from full: how near a session is depends on what was seen of it, and the worlds do not look at the same moments. */
const SESSIONS = [{ key: 'agent:main:main', totalTokens: 20_000 }]
export const NODES: SandboxNodeSpec[] = [alpha({ agents: [{ id: 'main', sessions: SESSIONS }] })]

const fleetOf = ({ sandbox }: World) => sandbox.discord.ids.channels.fleet ?? ''

/** Somebody else whose request waits, or the one's own. */
function requested(asks: 'other' | 'same'): NonNullable<Change['before']> {
  return async (world, face) => {
    const doer = world.actorOf(face)
    const discord = `discord:${world.sandbox.discord.ids.users[PEOPLE.admin]}`
    const names = [`cli:${userInfo().username}`, discord, ...(face === 'http' ? [doer.id] : [])]
    if (world.env.OCM_PEOPLE === undefined)
      await world.restart({ OCM_PEOPLE: `asker=cli:asker,doer=${names.join('+')}` })
    await did(world, setApprovalRule, { operation: 'restart-node', tag: null, minutes: 60 })
    const asker: Actor = asks === 'same' ? doer : { ...actor('admin'), id: 'asker', name: 'asker' }
    await did(world, restartNode, { node: NODE }, asker).catch((error: { code: string }) => {
      if (error.code !== 'approval-needed') throw error
    })
    const waiting = world
      .context()
      .approvals.list()
      .find(({ state }) => state === 'open')
    return { request: waiting?.id ?? '' }
  }
}

/** Of a node that is stopped; a look opens it. */
const incident: NonNullable<Change['before']> = async (world) => {
  const { gateway } = world.sandbox.nodes.node(NODE)
  if (world.env.OCM_REFRESH_INTERVAL_MS !== '1000') {
    await gateway.stopService()
    await world.restart({ OCM_REFRESH_INTERVAL_MS: '1000' })
  }
  const { id } = await eventually(() => {
    const one = world
      .context()
      .incidents.state()
      .incidents.find(({ topic }) => topic === 'availability')
    if (!one) throw new Error('no incident yet')
    return one
  }, PATIENCE_MS)
  return { incident: id }
}

/** What is done to incidents, alerts, requests and the board. */
export const WATCH_CHANGES: Changes = {
  'web-login': {},
  'set-board': {
    // Discord means the channel in which it is asked; the others say which.
    step: {
      input: ({ world }) => ({ on: true, channel: fleetOf(world) }),
      cli: ({ world }) => ['board', 'on', '--channel', fleetOf(world)],
    },
  },
  'test-alerts': {},
  'set-rule': {
    step: {
      input: () => ({ tag: TAG, name: 'contextWarning', value: 70 }),
      discord: () => ({ command: 'alert rule', options: { tag: TAG, rule: 'contextWarning', value: 70 } }),
      cli: () => ['alert', 'rule', 'contextWarning', '70', '--tag', TAG],
    },
  },
  'set-approval-rule': {
    step: {
      input: () => ({ operation: 'restart-node', tag: TAG, minutes: 60 }),
      discord: () => ({
        command: 'approval rule',
        options: { operation: 'restart-node', tag: TAG, minutes: 60 },
      }),
      cli: () => ['approval', 'rule', 'restart-node', '--tag', TAG, '--for', '60m'],
    },
  },
  'refuse-request': { before: requested('other') },
  'approve-request': { before: requested('other') },
  'override-approval': { before: requested('same') },
  'snooze-incident': { before: incident },
  'unsnooze-incident': { before: incident },
  'acknowledge-incident': { before: incident },
  'mute-alerts': {
    step: {
      input: ({ node }) => ({ node, minutes: 60 }),
      discord: ({ node }) => ({ command: 'alert mute', options: { node, minutes: 60 } }),
      cli: ({ node }) => ['alert', 'mute', '--node', node, '--for', '60m'],
    },
  },
}

/** Operations that change something and are not compared so, and why. */
export const NOT_COMPARED: Readonly<Partial<Record<OperationName, string>>> = {
  'keep-addition': 'Discord has a button for it on the card of the addition, and no command',
  'import-registry': 'one face has it',
  'approve-known-keys': 'one face has it',
  'create-token': 'one face has it',
  'revoke-token': 'one face has it',
  'download-backup': 'Discord carries it away, the shell leaves a file: nothing of the two is the same',
}
