import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { EXIT_CODES } from '../../src/presenters/ending.ts'
import { auditEntriesIn } from '../support/audit.ts'
import { type CliFleet, startFleet } from './fleet.ts'

let fleet: CliFleet
beforeAll(async () => {
  fleet = await startFleet(
    ['alpha', 'beta'].map((id) => ({
      id,
      name: id,
      version: '2026.9.6',
      timings: { readyMs: 3_000, stopMs: 50, restartSecMs: 50 },
      agents: [{ id: 'main', sessions: [{ key: 'agent:main:main', totalTokens: 1_000 }] }],
    })),
  )
}, 120_000)
afterAll(() => fleet?.close(), 60_000)

const nodeOf = (id: string) => fleet.sandbox.nodes.node(id)
const journal = () => fleet.sandbox.app.owned.context.journal.unfinished()
const restarts = async (node: string) => {
  return auditEntriesIn(fleet.sandbox.folder).filter(
    (entry) => entry.operation === 'restart-node' && entry.nodeId === node,
  )
}

/** A run as a program sees it: nothing but one object, whose code is the one of the process. */
async function json(ending: keyof typeof EXIT_CODES, args: string[], env: Record<string, string> = {}) {
  const { code, stdout, stderr } = await fleet.ocm([...args, '--json'], { env })
  expect([stderr, code], stdout).toEqual(['', EXIT_CODES[ending]])
  const answer = JSON.parse(stdout)
  expect(answer).toMatchObject({ schema: 'ocm/1', outcome: ending, exitCode: code })
  return answer
}

it('says with its code how a command ended, alike for programs and for people', {
  timeout: 180_000,
}, async () => {
  const open = join(fleet.sandbox.folder, 'open')
  await mkdir(open, { mode: 0o755 })
  const [done, usage, noTag, badTag, partial, refused] = await Promise.all([
    json('done', ['node', 'list']),
    json('usage', ['node', 'list', '--state', 'happy']),
    json('usage', ['fleet', 'restart', '--tag', 'nowhere', '--yes']),
    json('usage', ['fleet', 'restart', '--tag', 'B@d', '--yes']),
    json('partial', ['doctor'], { OCM_DATA_DIR: open }),
    json('refused', ['node', 'restart', 'beta']),
  ])
  expect(done.data.rows).toHaveLength(2)
  expect(usage.error.code).toBe('not-a-choice')
  expect(noTag.error).toMatchObject({ code: 'no-nodes', params: { tag: 'nowhere' } })
  expect(badTag.error.message).toContain('“B@d”')
  expect(partial.data.findings).toContainEqual(
    expect.objectContaining({ level: 'warning', code: 'doctor.data-open', mend: `chmod 700 ${open}` }),
  )
  expect(refused).toMatchObject({
    data: { plan: { nodeId: 'beta' } },
    error: { code: 'confirmation-needed' },
  })

  const [asked, listed] = await Promise.all([
    fleet.ocm(['node', 'restart', 'beta']),
    fleet.ocm(['node', 'list']),
  ])
  expect([asked.code, asked.stdout]).toEqual([6, ''])
  expect(asked.stderr).toContain('Add --yes')
  expect([listed.code, listed.stderr]).toEqual([0, ''])
  expect(asked.stderr + listed.stdout).not.toContain('\u001b')
})

it('ends with its own code when a node vanishes: failed before the work began, unknown in the middle of it', {
  timeout: 180_000,
}, async () => {
  const lost = await fleet.ocm(['node', 'restart', 'beta', '--yes'], {
    env: { OCM_RESTART_DEADLINE_MS: '8000' },
    when: { shows: /Restarting/, act: () => nodeOf('beta').ssh.goDark() },
  })
  expect([lost.code, lost.stderr], lost.stderr + lost.stdout).toEqual([
    5,
    expect.not.stringContaining('    at '),
  ])
  expect(lost.stdout + lost.stderr).toContain('ocm node status')
  expect(await restarts('beta')).toMatchObject([{ face: 'cli', result: 'unknown' }])
  const failed = await json('failed', ['node', 'logs', 'beta'])
  expect(failed.error).toMatchObject({ code: 'node-unreachable', params: { node: 'beta' } })
  await nodeOf('beta').ssh.comeBack()
})

it('finishes a restart that was begun when Ctrl-C is pressed, and leaves neither a lock nor an open entry', {
  timeout: 180_000,
}, async () => {
  const before = nodeOf('alpha').facts().starts
  const stopped = await fleet.ocm(['node', 'restart', 'alpha', '--yes'], {
    when: { shows: /Restarting/, act: (child) => child.kill('SIGINT') },
  })
  expect([stopped.code, stopped.stderr]).toEqual([130, expect.not.stringContaining('    at ')])
  expect(nodeOf('alpha').facts().starts).toBe(before + 1)
  expect(journal()).toEqual([])
  expect(await restarts('alpha')).toHaveLength(1)
  // The lock of the node is free: the question is asked again instead of "busy".
  expect((await json('refused', ['node', 'restart', 'alpha'])).error.code).toBe('confirmation-needed')
})
