import { expect, it } from 'vitest'
import { unknown } from '../../src/base/reading.ts'
import type { Call } from '../../src/operations/operation.ts'
import { type BackupStep, takeBackup } from '../../src/operations/take-backup.ts'
import { nodeRecord } from '../discord/extremes.ts'
import { createFakeContext } from '../discord/fake-context.ts'
import { healthySnapshot } from '../support/snapshots.ts'

it('backs up no node of which it could not be read which Node.js runs OpenClaw', async () => {
  const node = nodeRecord({ id: 'alpha' })
  const { context } = createFakeContext([node])
  const { install, ...rest } = healthySnapshot()
  const nodeBinary = unknown({ code: 'deadline', params: { ms: 8_500 } }, rest.observedAt)
  const call: Pick<Call<BackupStep>, 'node' | 'signal' | 'progress'> = {
    node: () => node,
    signal: new AbortController().signal,
    progress: () => undefined,
  }
  const wanted = {
    snapshot: { ...rest, install: { ...install, nodeBinary } },
    configured: { places: [], reason: null },
    ...{ earlier: null, agent: null, maker: null, exports: null },
  }
  await expect(
    takeBackup(context, call as Call<BackupStep>, wanted as unknown as Parameters<typeof takeBackup>[2]),
  ).rejects.toMatchObject({ code: 'service-unreadable', params: { node: 'alpha', reason: 'deadline' } })
})
