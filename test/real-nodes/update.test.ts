import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createInk } from '../../src/cli/ink.ts'
import { questionText, resultText } from '../../src/cli/views/told.ts'
import { nodeStatus } from '../../src/operations/node-status.ts'
import { planOperation } from '../../src/operations/run-operation.ts'
import { updateNode } from '../../src/operations/update-node.ts'
import { updatePlan, updateResult } from '../../src/presenters/update-node.ts'
import { archives, NODE, OPENCLAW, sha256 } from './archives.ts'
import { must } from './command.ts'
import { type Fleet, startFleet } from './fleet.ts'
import { ADMIN, openProduct, type Product } from './product.ts'

const FROM = '2026.2.17'
/** A version that says what it is and does not start. */
const BROKEN = '2026.9.7'
const INK = createInk('en', false, Date.now)
let fleet: Fleet
let product: Product
let programs: string

/** The archives of what there is, and one of a version that ends at once. */
async function withBroken(): Promise<string> {
  const made = await archives()
  const folder = await mkdtemp(path.join(os.tmpdir(), 'ocm-programs-'))
  const files = [`node-v${NODE}-linux-x64.tar.gz`, `openclaw-${OPENCLAW}-linux-x64.tar.gz`]
  for (const name of files) await symlink(path.join(made, name), path.join(folder, name))
  const root = path.join(folder, 'broken')
  const home = path.join(root, 'lib/node_modules/openclaw')
  await mkdir(path.join(home, 'dist'), { recursive: true })
  await mkdir(path.join(root, 'bin'))
  await symlink('../lib/node_modules/openclaw/openclaw.mjs', path.join(root, 'bin/openclaw'))
  const about = { name: 'openclaw', version: BROKEN, type: 'module', bin: { openclaw: 'openclaw.mjs' } }
  await writeFile(path.join(home, 'package.json'), JSON.stringify(about))
  const entry = `#!/usr/bin/env node\nif (process.argv.includes('--version')) console.log('OpenClaw ${BROKEN} (0000000)')\nelse process.exit(process.argv.includes('doctor') ? 0 : 1)\n`
  await writeFile(path.join(home, 'openclaw.mjs'), entry, { mode: 0o755 })
  await writeFile(path.join(home, 'dist/index.js'), entry)
  const name = `openclaw-${BROKEN}-linux-x64.tar.gz`
  await must('tar', ['-czf', path.join(folder, name), '-C', root, 'bin', 'lib'], { timeoutMs: 60_000 })
  const sums = await Promise.all(
    [...files, name].map(async (file) => `${await sha256(path.join(folder, file))}  ${file}\n`),
  )
  await writeFile(path.join(folder, 'SHASUMS256.txt'), sums.join(''))
  return folder
}

beforeAll(async () => {
  programs = await withBroken()
  fleet = await startFleet({
    nodes: [
      {
        name: 'aged',
        openclaw: FROM,
        agents: ['main', 'ops'],
        sessions: [{ agent: 'main', tokens: 20_000 }],
        diskMb: 4096,
      },
    ],
  })
  product = await openProduct(fleet, undefined, {
    OCM_PROGRAM_SOURCE: programs,
    OCM_UPDATE_SOAK_MS: '10000',
    OCM_STATUS_DEADLINE_MS: '60000',
  })
})
afterAll(async () => {
  await product?.close()
  await fleet?.stop()
  if (programs) await rm(programs, { recursive: true, force: true })
})

async function seen() {
  const { snapshot } = (await product.run(nodeStatus, { node: 'aged' })).data
  return {
    state: snapshot.state,
    version: snapshot.install.version.value,
    agents: snapshot.agents.value?.map(({ id }) => id).sort(),
    sessions: snapshot.sessions.value?.map(({ sessionId }) => sessionId).sort(),
  }
}
const unit = async () =>
  (await fleet.node('aged').user('cat ~/.config/systemd/user/openclaw-gateway.service')).stdout

describe('an update of a real node', () => {
  test('to a version that does not start goes back, and the node serves as before', async () => {
    const [before, text] = [await seen(), await unit()]
    expect(before).toMatchObject({ state: 'serving', version: FROM })
    const report = await product.run(updateNode, { node: 'aged', to: BROKEN })
    const { outcome, data, durationMs } = report
    const told = resultText(updateResult(report, INK), report, INK)
    console.log(`${told}${durationMs} ms: ${JSON.stringify(data)}`)
    expect([outcome, data.state]).toEqual(['failed', 'rolled-back'])
    expect(await seen()).toEqual(before)
    expect(await unit()).toBe(text)
  })

  test(`from ${FROM} to ${OPENCLAW} serves with its agents and sessions`, async () => {
    const before = await seen()
    const input = { node: 'aged', to: OPENCLAW }
    const { plan } = await planOperation(product.context, ADMIN, updateNode, input)
    const report = await product.run(updateNode, input)
    const told = [
      questionText(updatePlan(plan, INK), INK),
      resultText(updateResult(report, INK), report, INK),
    ]
    console.log(`${told.join('\n\n')}${report.durationMs} ms: ${JSON.stringify(report.data)}`)
    expect(report.outcome).toBe('done')
    expect(await seen()).toEqual({ ...before, version: OPENCLAW })
  })
})
