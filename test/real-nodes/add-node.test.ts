import { afterEach, expect, test } from 'vitest'
import { addNode } from '../../src/operations/add-node.ts'
import { removeNode } from '../../src/operations/remove-node.ts'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import { type BareMachine, endedSteps, KEY, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

afterEach(() => bare?.stop())

const UNIT = '~/.config/systemd/user/openclaw-gateway.service'

/** What the steps of an addition came to, by the state that each has. */
async function add() {
  const told: string[] = []
  const startedAt = performance.now()
  const { data, outcome } = await bare.product.run(addNode, bare.input, endedSteps(told))
  console.log(`${told.join('\n')}\n${outcome} in ${((performance.now() - startedAt) / 1000).toFixed(1)} s`)
  return {
    ...data,
    outcome,
    by: (state: string) => data.steps.flatMap((one) => (one.state === state ? [one.name] : [])),
  }
}

const mainPid = async () =>
  (await bare.node.user('systemctl --user show -p MainPID --value openclaw-gateway.service')).stdout.trim()

test('a machine with nothing but Debian 12 becomes a serving node, or is as it was', async () => {
  bare = await startBareMachine()
  const { node, product } = bare
  // The machines of these tests let their user linger; a fresh Debian does not.
  await node.root('loginctl disable-linger oc')
  const before = await bare.files()

  // The login may not become root: the one step that needs it stops, and the rest is there.
  const stopped = await add()
  expect(stopped.fault).toMatchObject({ step: 'linger', code: 'linger-denied' })
  const undone = await product.run(undoAddNode, { id: 'bare' })
  expect(undone.data).toMatchObject({ left: [], fault: null })
  expect(await bare.files()).toEqual(before)

  await node.root('loginctl enable-linger oc')
  const ended = await add()
  expect(ended.fault).toBeNull()
  expect(ended.outcome).toBe('done')
  expect(product.context.registry.get('bare').agents.map(({ id }) => id)).toEqual(['main'])
  const written = JSON.stringify([ended, product.log])
  expect(written).not.toContain(KEY)
  expect((await node.user('cat ~/.openclaw/.env')).stdout).toBe(`ANTHROPIC_API_KEY=${KEY}\n`)
}, 1_500_000)

test('a Debian 13 becomes a node; one that runs is taken in as it is, and of half a one only the rest is made', async () => {
  bare = await startBareMachine({ debian: 13 })
  const { node, product } = bare
  const made = await add()
  expect(made).toMatchObject({ outcome: 'done', fault: null })
  expect(made.steps[0]?.evidence).toContain('trixie')

  // Nobody knows of the node any more, and it serves on.
  await product.run(removeNode, { node: 'bare' })
  const serving = await mainPid()
  const adopted = await add()
  expect(adopted).toMatchObject({ outcome: 'done', fault: null })
  // The backup that is still there may be of another machine that had its id.
  expect(adopted.by('done')).toEqual(['registry', 'first-backup'])
  expect(await mainPid()).toBe(serving)

  await product.run(removeNode, { node: 'bare' })
  await node.user(
    `systemctl --user disable --now openclaw-gateway.service; rm ${UNIT}; systemctl --user daemon-reload`,
  )
  const completed = await add()
  expect(completed).toMatchObject({ outcome: 'done', fault: null })
  expect(completed.by('done')).toEqual(expect.arrayContaining(['service', 'registry']))
  expect(completed.by('done')).not.toEqual(expect.arrayContaining(['nodejs']))
  expect(await mainPid()).not.toBe('0')
}, 1_500_000)
