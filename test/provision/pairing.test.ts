import { afterEach, beforeEach, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { pairing } from '../../src/provision/steps/readiness.ts'
import { type BareMachine, startBareMachine } from './bare-machine.ts'

let bare: BareMachine

beforeEach(async () => {
  bare = await startBareMachine()
})
afterEach(() => bare.close())

it.each([
  ['gateway-unreachable', 'gateway-failed'],
  ['gateway-auth-failed', 'gateway-refuses'],
] as const)(
  'a login that ends with %s is told of as %s',
  async (code, fault) => {
    const { machine } = bare.bench()
    const { exec, upload, listen, snapshot } = machine
    const hello = () => Promise.reject(new OperatorError(code, { node: 'bare', reason: 'port-silent' }))
    const spoiled = {
      exec: exec.bind(machine),
      upload: upload.bind(machine),
      listen: listen.bind(machine),
      snapshot: snapshot.bind(machine),
      hello,
    }
    await expect(pairing.check(bare.bench({ machine: spoiled }))).rejects.toMatchObject({ code: fault })
  },
  60_000,
)
