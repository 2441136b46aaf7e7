import { afterEach, expect, test } from 'vitest'
import { undoAddNode } from '../../src/operations/undo-add-node.ts'
import { OPENCLAW, withNpm } from './archives.ts'
import { addTo, type BareMachine, startBareMachine } from './bare-machine.ts'
import { type LocalRegistry, startLocalRegistry } from './local-registry.ts'

const ALL = process.env.OCM_ALL_REAL === '1'
const SSHD = '/etc/ssh/sshd_config.d/own.conf'

let bare: BareMachine
let registry: LocalRegistry

afterEach(async () => {
  await bare?.stop()
  await registry?.close()
})

/** A run that does not come to its end; then the machine has to be as it was. */
async function stoppedAndUndone(spoil?: () => Promise<() => Promise<void>>) {
  const before = await bare.files()
  const { report, undo } = await addTo(
    bare,
    { ...bare.input, version: OPENCLAW },
    spoil && { during: 'configuration', spoil },
  )
  await undo?.()
  expect(report.outcome).toBe('failed')
  const undone = await bare.product.run(undoAddNode, { id: 'bare' })
  expect(undone).toMatchObject({ outcome: 'done', data: { left: [], fault: null } })
  expect(await bare.files()).toEqual(before)
  return report.data
}

test('a machine that reaches nothing gets OpenClaw by its own npm through ocm, unless its sshd forbids it', async () => {
  registry = await startLocalRegistry()
  bare = await startBareMachine(
    { debian: 13 },
    { OCM_PROGRAM_SOURCE: await withNpm(), OCM_NPM_REGISTRY: registry.address },
  )
  const said = ALL ? ['AllowTcpForwarding local', 'GatewayPorts yes'] : ['GatewayPorts yes']
  for (const line of said) {
    await bare.asRoot(`echo '${line}' >${SSHD} && systemctl reload ssh`)
    const { fault } = await stoppedAndUndone()
    expect(fault).toMatchObject({ step: 'openclaw', code: 'forward-refused', detail: line.split(' ')[0] })
    expect(registry.sent).toEqual([])
  }
  await bare.asRoot(`rm ${SSHD} && systemctl reload ssh`)

  // OpenClaw has run by then: it has judged its configuration.
  const { fault, steps } = await stoppedAndUndone(async () => {
    await bare.secret(false)
    return () => bare.secret(true)
  })
  expect(fault).toMatchObject({ step: 'credentials', code: 'secret-missing' })
  const openclaw = steps.find(({ name }) => name === 'openclaw')
  expect(openclaw).toMatchObject({ state: 'done' })
  expect(openclaw?.evidence).toContain(`${registry.address}, ssh -R`)
  expect(registry.sent).toContain(`openclaw@${OPENCLAW}`)
  expect(steps.find(({ name }) => name === 'configuration')).toMatchObject({ state: 'done' })
}, 2_400_000)
