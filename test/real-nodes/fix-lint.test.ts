import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { fixLint } from '../../src/operations/fix-lint.ts'
import { lintNodes } from '../../src/operations/lint-nodes.ts'
import type { Fleet } from './fleet.ts'
import { openProduct, type Product } from './product.ts'
import { sharedFleet } from './shared-fleet.ts'

const NODE = 'boreas'
/** Two minutes: with everything, and not by turns. */
const ALL = process.env.OCM_ALL_REAL === '1'
const FILE = '~/.openclaw/openclaw.json'
let fleet: Fleet
let product: Product

beforeAll(async () => {
  if (!ALL) return
  fleet = await sharedFleet()
  product = await openProduct(fleet, [NODE], {
    OCM_STATUS_DEADLINE_MS: '60000',
    OCM_RESTART_DEADLINE_MS: '300000',
  })
})
afterAll(() => product?.close())

const user = async (command: string) => {
  const { code, stdout, stderr } = await fleet.node(NODE).user(command)
  expect([command, code, stderr]).toEqual([command, 0, expect.anything()])
  return stdout
}
const config = async () => JSON.parse(await user(`cat ${FILE}`))
const found = async () =>
  ((await product.run(lintNodes, { node: NODE })).data.rows[0]?.findings ?? []).map(({ code }) => code).sort()

/** Takes a setting of the gateway out of the file, and adds one that 2026.9.6 no longer reads. */
const SPOIL = `const fs=require("fs"),f=process.env.HOME+"/.openclaw/openclaw.json",c=JSON.parse(fs.readFileSync(f,"utf8"));
delete c.gateway.bind;c.agents.defaults.contextTokens=150000;fs.writeFileSync(f,JSON.stringify(c,null,2))`

describe('mending what a check found on a real node', () => {
  test.runIf(ALL)(
    'changes modes, lingering and settings, and the gateway serves with its secrets as they were',
    async () => {
      const node = fleet.node(NODE)
      const back = await node.checkpoint()
      try {
        const usual = await found()
        const before = await config()
        await user('systemctl --user stop openclaw-gateway')
        await user(`node -e '${SPOIL}'`)
        await user('systemctl --user start openclaw-gateway')
        await node.gateway?.waitReady()
        await user(`chmod 644 ${FILE}`)
        await node.root('loginctl disable-linger oc')
        const codes = await found()
        console.log(
          `usually ${usual.join(', ')}; spoiled ${codes.join(', ')}; ${JSON.stringify((await config()).agents.defaults)}`,
        )
        expect(codes).toEqual(expect.arrayContaining(['bind-unset', 'linger-off', 'open-file']))
        const steps: string[] = []
        const report = await product.run(fixLint, { node: NODE }, ({ step }) => steps.push(step))
        console.log(
          `${report.outcome} in ${report.durationMs} ms: ${steps.join(', ')}; ${JSON.stringify(report.data)}`,
        )
        // The login of this node may not become root.
        expect(report.data.parts.find(({ code }) => code === 'linger-off')?.state).toBe('failed')
        expect(report.outcome).toBe('partial')
        expect(await found()).toEqual(
          [...new Set([...usual, 'linger-off'])].filter((code) => code !== 'bind-unset').sort(),
        )
        const after = await config()
        expect(after.gateway).toMatchObject({ bind: 'loopback', auth: before.gateway.auth })
        expect(after.models).toEqual(before.models)
        expect(JSON.stringify(after)).not.toContain('__OPENCLAW_REDACTED__')
        expect(await user('ls ~/.openclaw')).not.toContain('before-fix')
        expect((await node.gateway?.turn('main', 'agent:main:main', 'Still there?'))?.status).toBe('ok')
      } finally {
        await back()
      }
    },
  )
})
