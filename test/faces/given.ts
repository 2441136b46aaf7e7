import { operations } from '../../src/operations/index.ts'

interface Runs {
  run(
    context: unknown,
    input: unknown,
    call: { operationId: string },
    prepared: unknown,
  ): Promise<{ outcome: string; data: unknown }>
}

/** What each run gave back, whichever face was told of it, by its id. */
export type Given = ReadonlyMap<string, { outcome: string; data: unknown }>

/** Keeps from now on what every operation gives back, as it is at that moment. */
export function keepGiven(): Given {
  const given = new Map<string, { outcome: string; data: unknown }>()
  for (const operation of operations as unknown as Runs[]) {
    const { run } = operation
    operation.run = async (context, input, call, prepared) => {
      const ended = await run(context, input, call, prepared)
      given.set(call.operationId, JSON.parse(JSON.stringify(ended)))
      return ended
    }
  }
  return given
}
