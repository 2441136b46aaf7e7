import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

type Collect = (options: { type: 'minor' }) => void
let collect: Collect | null = null

/**
 * Has V8 collect its young space, which takes about a millisecond. V8 counts what Node.js makes for bytes outside of its heap, and
 * frees it with the little objects in the young space that stand for it, of which thousands have room there: by the time
 * that is full, V8 has marked its whole heap several times because of so many bytes.
 */
export function collectYoung(): void {
  collect ??= exposed()
  collect({ type: 'minor' })
}

function exposed(): Collect {
  setFlagsFromString('--expose-gc')
  const found: unknown = runInNewContext('gc')
  return typeof found === 'function' ? (found as Collect) : () => undefined
}
