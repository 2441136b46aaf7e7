import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { removeNode } from '../../src/operations/remove-node.ts'
import type { StepName } from '../../src/provision/step.ts'
import { en } from '../../src/text/en/index.ts'
import { addTo, type BareMachine, KEY, startBareMachine, UNIT } from './bare-machine.ts'
import { killedAt } from './killed-ocm.ts'
import { approvedKey } from './product.ts'

const ALL = process.env.OCM_ALL_REAL === '1'
/** Steps at which ocm is killed, one after the other; each run goes on from where the last one was. */
const KILLED_AT: readonly StepName[] = ALL
  ? ['nodejs', 'openclaw', 'configuration', 'credentials', 'service', 'readiness', 'first-backup']
  : ['service']
let bare: BareMachine

beforeAll(async () => {
  bare = await startBareMachine()
})
afterAll(() => bare?.stop())

describe('an addition that was interrupted', () => {
  test('goes on where a killed ocm left it, and where its login was refused', async () => {
    const { fleet, product, settings, input, node } = bare
    const { fingerprint } = await approvedKey(node)
    const first = [input.host, '--secret', input.secret]
    for (const [index, step] of KILLED_AT.entries()) {
      const given = index === 0 ? first : []
      const words = ['node', 'add', input.id, ...given, '--accept-host-key', fingerprint]
      await killedAt(product, fleet, words, en[`add-step.${step}`], settings)
    }
    await bare.asRoot('mv ~oc/.ssh/authorized_keys ~oc/.ssh/away')
    const refused = await addTo(bare, { id: 'bare' })
    expect(refused.report).toMatchObject({
      outcome: 'failed',
      data: { fault: { step: 'ssh', code: 'unreachable' } },
    })
    await bare.asRoot('mv ~oc/.ssh/away ~oc/.ssh/authorized_keys')

    const { report } = await addTo(bare, { id: 'bare' })
    expect(report).toMatchObject({ outcome: 'done', data: { fault: null, registered: true } })
    const again = report.data.steps.filter(({ state }) => state === 'done').map(({ name }) => name)
    expect(again).not.toEqual(expect.arrayContaining(['nodejs']))
    if (!ALL) expect(again).toEqual(expect.arrayContaining(['service', 'registry', 'first-backup']))
    expect(JSON.stringify([report, product.log])).not.toContain(KEY)
  }, 900_000)

  test.runIf(ALL)(
    'waits for a gateway that is slow for 200 s',
    async () => {
      await bare.product.run(removeNode, { node: 'bare' })
      await bare.asUser(`systemctl --user stop ${UNIT}`)
      const slow = async () => {
        await bare.freeze()
        const thaw = `systemctl --user kill --kill-whom=main --signal=CONT ${UNIT}`
        await bare.asUser(`systemd-run --user --on-active=200 ${thaw}`)
        return async () => undefined
      }
      const { report } = await addTo(bare, bare.input, { during: 'readiness', spoil: slow })
      expect(report).toMatchObject({ outcome: 'done', data: { fault: null } })
      const waited = report.data.steps.find(({ name }) => name === 'readiness')
      expect(waited?.tookMs).toBeGreaterThan(190_000)
    },
    600_000,
  )
})
