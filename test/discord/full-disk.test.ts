import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { Delivery } from '../../src/incidents/deliveries.ts'
import { mountSmallDisk } from '../support/children.ts'
import { type AlertStage, alertStage, textOf } from './alert-stage.ts'

const DISK = 1024 * 1024
const isRoot = process.geteuid?.() === 0

let stage: AlertStage
let folder: string
let disk: { unmount(): void } | null

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'ocm-full-disk-'))
  disk = await mountSmallDisk(join(folder, 'small'), String(DISK))
  stage = await alertStage({}, async () => join(folder, 'small'))
})
afterEach(async () => {
  await room()
  try {
    await stage.close()
  } finally {
    disk?.unmount()
    await rm(folder, { recursive: true })
  }
})

const ballast = () => join(folder, 'small', 'ballast')

/** Takes every byte that is left. */
async function fill(): Promise<void> {
  await writeFile(ballast(), Buffer.alloc(DISK)).catch(() => undefined)
}

async function room(): Promise<void> {
  await writeFile(ballast(), '')
}

/** Fills the disk before the first note that fits is written. */
function fillAt(fits: (changes: Partial<Delivery>) => boolean): { filled: boolean } {
  const state = { filled: false }
  stage.deliveries.before = async (changes) => {
    if (state.filled || !fits(changes)) return
    state.filled = true
    await fill()
  }
  return state
}

const refused = () => stage.log.lines.filter(({ level }) => level === 'warn').length

describe.skipIf(!isRoot)('an incident while the disk is full', () => {
  it('opens once there is room again, and is told once', async () => {
    if (disk === null) return
    await stage.context('warning', { session: 'first' })
    await stage.settled()
    await fill()
    for (let look = 0; look < 3; look++) {
      stage.clock.setForward(30_000)
      await expect(stage.context('critical', { session: 'second', percent: 90 })).rejects.toMatchObject({
        code: 'data-disk-full',
      })
    }
    expect(stage.desk.state().incidents).toHaveLength(1)
    expect(stage.messages()).toHaveLength(1)
    await room()
    for (let look = 0; look < 2; look++) {
      stage.clock.setForward(30_000)
      await stage.context('critical', { session: 'second', percent: 90 })
    }
    await stage.settled()
    await stage.restart()
    await stage.settled()
    expect(stage.desk.state().incidents).toHaveLength(2)
    expect(stage.messages().filter((one) => /second/.test(textOf(one)))).toHaveLength(1)
    expect(stage.messages()).toHaveLength(2)
  })

  it('ends once there is room again, on its one message', async () => {
    if (disk === null) return
    await stage.context('warning')
    await stage.settled()
    await fill()
    await expect(stage.context(null, { percent: 10 })).rejects.toMatchObject({ code: 'data-disk-full' })
    expect(stage.only().state).toBe('open')
    await room()
    for (let look = 0; look < 3; look++) {
      stage.clock.setForward(60_000)
      await stage.context(null, { percent: 10 })
    }
    await stage.settled()
    expect(stage.only().state).toBe('resolved')
    expect(stage.messages()).toHaveLength(1)
  })

  it.each<[string, (changes: Partial<Delivery>) => boolean]>([
    ['before its message is sent', ({ postingSince }) => typeof postingSince === 'number'],
    ['after its message was sent', ({ messageId }) => typeof messageId === 'string'],
    ['after its thread was begun', ({ threadId }) => typeof threadId === 'string'],
    ['after its thread has heard of it', ({ told }) => (told ?? 0) > 0],
  ])('is told once when the disk fills %s', async (_when, fits) => {
    if (disk === null) return
    const state = fillAt(fits)
    // It asks for the thread again, of which it could not write down that it is there.
    stage.discord.expectRefusal({ code: 160_004 })
    // The incident is written by then; what moves by time alone may find no room any more.
    await stage.context('critical', { percent: 90 }).catch(() => undefined)
    await stage.until(() => state.filled && refused() > 0)
    // Tried again in vain.
    for (let round = 0; round < 3; round++) {
      stage.clock.setForward(60_000)
      await stage.desk.apply({ kind: 'tick' }).catch(() => undefined)
    }
    await room()
    await stage.settled()
    const [message, ...others] = stage.messages()
    expect(others).toEqual([])
    const lines = message ? stage.thread(message) : []
    expect(lines.length).toBeGreaterThan(0)
    expect(new Set(lines).size).toBe(lines.length)
  })
})
