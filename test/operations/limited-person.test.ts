import { beforeEach, describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { LOCALES } from '../../src/base/locale.ts'
import type { Mute } from '../../src/incidents/incident.ts'
import type { RulesFile } from '../../src/monitor/thresholds.ts'
import type { Context } from '../../src/operations/context.ts'
import { listIncidents, muteAlerts } from '../../src/operations/handle-incident.ts'
import { registerNode } from '../../src/operations/register-node.ts'
import { planOperation, runOperation } from '../../src/operations/run-operation.ts'
import { setRule } from '../../src/operations/set-rule.ts'
import { translate } from '../../src/text/translate.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { createFakeClock } from '../support/fake-clock.ts'
import { actor } from '../support/fleet.ts'

const ours = nodeRecord({ id: 'ours', tags: ['team-a'], host: '10.0.0.1' })
const theirs = nodeRecord({ id: 'Secret-Node', tags: ['team-b'], host: '10.0.0.2' })
/** Names of what lies outside team-a. */
const OUTSIDE = /team-b|secret|gone/i

const mute = (scope: Partial<Mute>): Mute => ({
  nodeId: null,
  agentId: null,
  tag: null,
  until: Number.MAX_SAFE_INTEGER,
  by: 'somebody',
  ...scope,
})
const mutes = [
  mute({ nodeId: 'ours' }),
  mute({ nodeId: 'Secret-Node' }),
  mute({ nodeId: 'gone' }),
  mute({ tag: 'team-a' }),
  mute({ tag: 'team-b' }),
  mute({}),
]
const rules: RulesFile = {
  version: 1,
  overrides: [
    { scope: { fleet: true }, set: { diskWarning: 90 } },
    { scope: { tag: 'team-a' }, set: { diskWarning: 91 } },
    { scope: { tag: 'team-b' }, set: { diskWarning: 92 } },
    { scope: { node: 'Secret-Node' }, set: { diskWarning: 93 } },
    { scope: { node: 'Secret-Node', agent: 'main' }, set: { contextNotice: 60 } },
    { scope: { node: 'ours' }, set: { diskWarning: 94 } },
  ],
}

let context: Context
const limited = actor('admin', ['team-a'])
const everywhere = actor('admin')

beforeEach(() => {
  const fake = createFakeContext([ours, theirs], createFakeClock())
  const state = { incidents: [], digests: [], mutes }
  context = Object.assign(fake.context, {
    incidents: { state: () => state, apply: async () => state, onChange: () => () => {} },
    rules: { value: () => rules, update: async () => rules },
  })
})

async function refusal(work: Promise<unknown>): Promise<OperatorError> {
  const error = await work.then(
    () => null,
    (reason) => reason,
  )
  if (!(error instanceof OperatorError)) throw new Error('not refused')
  return error
}

describe('somebody who may only see one tag', () => {
  it('is shown the mutes of that tag and of everything, and no other', async () => {
    const { data } = await runOperation(context, limited, listIncidents, {})
    expect(JSON.stringify(data)).not.toMatch(OUTSIDE)
    expect(data.mutes).toHaveLength(3)
    const after = await runOperation(context, limited, muteAlerts, { tag: 'team-a', minutes: 5 })
    expect(JSON.stringify(after.data)).not.toMatch(OUTSIDE)
    expect((await runOperation(context, everywhere, listIncidents, {})).data.mutes).toHaveLength(6)
  })

  it('is shown the rules of that tag and of everything, and no other', async () => {
    const { data } = await runOperation(context, limited, setRule, { node: 'ours' })
    expect(JSON.stringify(data)).not.toMatch(OUTSIDE)
    expect(data.overrides).toHaveLength(3)
    expect((await runOperation(context, everywhere, setRule, {})).data.overrides).toHaveLength(6)
  })

  it('learns nothing about another node from what it may not register', async () => {
    const given = { id: 'mine', host: '10.0.0.2', sshPort: theirs.sshPort, sshUser: theirs.sshUser }
    const register = (input: object) =>
      refusal(planOperation(context, limited, registerNode, { ...given, tags: ['team-a'], ...input }))
    const address = await register({})
    expect(address.code).toBe('address-exists')
    const id = await register({ id: 'secret-node', host: '10.0.0.9' })
    expect(id).toMatchObject({ code: 'node-exists', params: { node: 'secret-node' } })
    for (const locale of LOCALES)
      expect(translate(locale, 'error.address-exists', address.params)).not.toMatch(OUTSIDE)
    expect(JSON.stringify([address.params, address.message])).not.toMatch(OUTSIDE)
    const told = await refusal(planOperation(context, everywhere, registerNode, given))
    expect(told.params).toMatchObject({ node: 'Secret-Node' })
  })
})
