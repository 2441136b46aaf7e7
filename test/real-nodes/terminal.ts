import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { expect } from 'vitest'
import type { Machine } from './machine.ts'

/** Text that a program shows, and what a person types then. */
export type Conversation = readonly (readonly [question: string, answer: string])[]

/**
 * Runs a command on a machine in a terminal, as a person does who is logged in there, and types each answer when its
 * question has come. Resolves to the exit code and to all that was shown.
 */
export async function atTerminal(
  machine: Machine,
  user: string,
  command: string,
  answers: Conversation = [],
) {
  const child = spawn('ssh', ['-tt', ...machine.sshWords(command, { user })])
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
