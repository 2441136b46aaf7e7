import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { observeNode } from '../../src/monitor/observe.ts'
import { operations } from '../../src/operations/index.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { actor, type Fleet, startFleet } from '../support/fleet.ts'

const admin = actor('admin')
const NODE = 'alpha'
const SWEEP = { kind: 'sweep', deadlineMs: 2_000 } as const
const SESSION = { node: NODE, key: 'agent:main:main' }

/** What a person asks of the node, of each operation that reaches for it; the dangerous ones up to their question. */
const ASKED: Readonly<Record<string, object>> = {
  'node-status': { node: NODE },
  'node-logs': { node: NODE },
  'restart-node': { node: NODE },
  'list-bots': { node: NODE, live: true },
  'add-bot': { node: NODE, id: 'news' },
  'remove-bot': { node: NODE, bot: 'second' },
  'backup-bot': { node: NODE, bot: 'main' },
  'backup-node': { node: NODE },
  'update-node': { node: NODE, to: '2026.9.6' },
  'decommission-node': { node: NODE, confirm: NODE },
  'lint-nodes': { node: NODE },
  'list-sessions': { node: NODE },
  'show-session': SESSION,
  'compact-session': SESSION,
  'reset-session': SESSION,
  'prevent-overflow': SESSION,
}

describe('a node that a sweep found silent a moment ago and that is back', { timeout: 60_000 }, () => {
  let fleet: Fleet

  beforeAll(async () => {
    fleet = await startFleet(
      [
        {
          id: NODE,
          name: 'Alpha',
          version: '2026.8.1',
          agents: [
            { id: 'main', sessions: [{ key: SESSION.key, totalTokens: 40_000 }] },
            { id: 'second', sessions: [] },
          ],
        },
      ],
      { OCM_CONNECT_TIMEOUT_MS: '300', OCM_BACKUP_FREE_MB: '1' },
    )
  }, 60_000)
  afterAll(() => fleet?.close())

  beforeEach(async () => {
    const { context } = fleet
    const node = await context.registry.get(NODE)
    await fleet.node(NODE).ssh.goDark('silent')
    fleet.node(NODE).ssh.dropConnections()
    await expect
      .poll(async () => (await observeNode(context, node, SWEEP)).reason?.code, { timeout: 30_000 })
      .toBe('sshd-silent')
    await fleet.node(NODE).ssh.comeBack()
  }, 60_000)

  it.each(Object.keys(ASKED))('is reached by %s', async (name) => {
    const operation = operations.find((one) => one.name === name)
    if (operation === undefined) throw new Error(`no operation ${name}`)
    const asked = operation.question !== null ? planOperation : runOperation
    const told = await asked(fleet.context, admin, operation as never, ASKED[name] as never).then(
      (result) => JSON.stringify(result),
      (error) => (error instanceof OperatorError ? error.message : String(error)),
    )
    expect(told).not.toMatch(/backing-off|unreachable/)
  })
})
