import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'

/** Text that a program shows, and what a person types then. */
export type Conversation = readonly (readonly [question: string, answer: string])[]

/**
 * Types each answer when its question has come, at the terminal of a program that has just been started. Resolves to the
 * exit code and to all that was shown, once every question was asked.
 */
export async function converse(child: ChildProcessWithoutNullStreams, answers: Conversation) {
  const waiting = [...answers]
  let shown = ''
  let from = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    shown += text
    const [question, answer] = waiting[0] ?? []
    if (question === undefined || !shown.slice(from).includes(question)) return
    waiting.shift()
    from = shown.length
    child.stdin.write(`${answer}\r`)
  })
  const [code] = (await once(child, 'close')) as [number | null]
  expect(waiting, shown).toEqual([])
  return { code, shown }
}
