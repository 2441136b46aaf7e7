import { EventEmitter } from 'node:events'
import { PassThrough } from 'node:stream'
import { expect, it, vi } from 'vitest'
import { Connection } from '../../src/ssh/connection.ts'

it('gives nobody a channel that opens when the connection has ended', async () => {
  const answers: ((error: undefined, channel: object) => void)[] = []
  const client = Object.assign(new EventEmitter(), {
    exec: (_command: string, done: (error: undefined, channel: object) => void) => answers.push(done),
    end: () => undefined,
  })
  const deadlines = { add: () => () => undefined }
  const connection = new Connection('alpha', client as never, new PassThrough() as never, deadlines as never)
  const onOpen = vi.fn()
  const opening = connection.exec('true', onOpen)
  connection.destroy()
  answers[0]?.(undefined, {})
  await expect(opening).rejects.toMatchObject({ code: 'connection-lost' })
  expect(onOpen).not.toHaveBeenCalled()
})
