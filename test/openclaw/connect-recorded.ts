import { generateKeyPairSync } from 'node:crypto'
import { connect } from 'node:net'
import { systemClock } from '../../src/base/clock.ts'
import { identityOf } from '../../src/openclaw/device-identity.ts'
import { connectGateway } from '../../src/openclaw/gateway-client.ts'

const device = identityOf(generateKeyPairSync('ed25519').privateKey)

/** A client of a recorded gateway on this machine, signed in with its usual token. */
export function connectRecorded({ port }: { port: number }, limits = { deadlineMs: 5_000 }) {
  return connectGateway(
    {
      nodeId: 'n1',
      open: async () => connect(port, '127.0.0.1'),
      port,
      credential: { kind: 'token', secret: 'tok-1' },
      device,
      clock: systemClock,
    },
    limits,
  )
}
