import { type ChildProcess, spawn } from 'node:child_process'
import { HEAP_OPTIONS } from '../src/cli/bot-program.ts'
import { inGroup } from './accounting.ts'

/** What one task of the bot's process gave and took; seconds, by the process's own accounting. */
export interface TaskResult<T> {
  value: T
  wall: number
  cpu: number
}

/** A bot in a process of its own. */
export interface BotProcess {
  run<T = unknown>(task: string, ...args: unknown[]): Promise<TaskResult<T>>
  end(): Promise<void>
}

/** Starts a compiled program that talks over Node's own channel, inside an accounting group. */
export function startChild(program: string, group: string): ChildProcess {
  const [command = '', ...args] = inGroup(group, [process.execPath, ...HEAP_OPTIONS, '--expose-gc', program])
  return spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] })
}

/** Resolves with the first message of a child. */
export function firstMessage<T>(child: ChildProcess): Promise<T> {
  return new Promise((resolve, reject) => {
    child.once('message', (message) => resolve(message as T))
    child.once('exit', (code) => reject(new Error(`the process ended with ${code}`)))
  })
}

export async function startBot(program: string, group: string): Promise<BotProcess> {
  const child = startChild(program, group)
  await firstMessage(child)
  const waiting = new Map<number, { resolve(value: never): void; reject(error: Error): void }>()
  let lastId = 0
  child.on('message', (message: { id: number; error?: string }) => {
    const { resolve, reject } = waiting.get(message.id) ?? {}
    waiting.delete(message.id)
    if (message.error === undefined) resolve?.(message as never)
    else reject?.(new Error(message.error))
  })
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()))
  child.once('exit', (code) => {
    for (const { reject } of waiting.values()) reject(new Error(`the bot's process ended with ${code}`))
  })
  return {
    run: (task, ...args) =>
      new Promise((resolve, reject) => {
        const id = ++lastId
        waiting.set(id, { resolve, reject })
        child.send({ id, task, args })
      }),
    async end() {
      if (child.connected) child.disconnect()
      await ended
    },
  }
}
