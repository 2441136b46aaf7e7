import { describeRefusal } from './refusals.ts'
import type { World } from './world.ts'

/** Besides every change, ask this often: what is read may lie outside the emulator. */
const POLL_MS = 20

/** The first truthy value of `read`. Rejects after `ms` of real time with what Discord refused meanwhile. */
export function waitUntil<T>(world: World, read: () => T, ms: number): Promise<NonNullable<T>> {
  return new Promise((resolve, reject) => {
    const finish = (end: () => void) => {
      stopListening()
      clearInterval(poll)
      clearTimeout(deadline)
      end()
    }
    const look = () => {
      try {
        const value = read()
        if (value) finish(() => resolve(value))
      } catch (error) {
        finish(() => reject(error))
      }
    }
    const stopListening = world.onChange(look)
    const poll = setInterval(look, POLL_MS)
    const deadline = setTimeout(() => finish(() => reject(timeout(world, ms))), ms)
    look()
  })
}

function timeout(world: World, ms: number): Error {
  const refused = world.refusals.map(describeRefusal).join('\n')
  return new Error(
    `Nothing of the kind within ${ms} ms${refused === '' ? '' : `; Discord refused:\n${refused}`}`,
  )
}
