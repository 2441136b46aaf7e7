import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

/** Processes that a node's shell started: each in a group of its own, none left at the end. */
export class Processes {
  readonly #children = new Set<ChildProcess>()
  readonly #marker: { name: string; value: string }

  /** @param marker an environment variable that every process of the node carries */
  constructor(marker: { name: string; value: string }) {
    this.#marker = marker
  }

  get running(): number {
    return this.#children.size
  }

  start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, args, { ...options, detached: true })
    this.#children.add(child)
    child.once('exit', () => this.#children.delete(child))
    child.once('error', () => this.#children.delete(child))
    return child
  }

  /** Sends a signal to a command and everything it started in its group. */
  signal(child: ChildProcess, signal: NodeJS.Signals): void {
    if (child.pid !== undefined) killGroup(child.pid, signal)
  }

  /** Ends everything, also what left its group, where the system can tell. */
  async close(): Promise<void> {
    const ends = [...this.#children].map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of this.#children) this.signal(child, 'SIGKILL')
    for (const pid of this.#strays()) killGroup(pid, 'SIGKILL')
    await Promise.all(ends)
  }

  /** Processes with the node's marker in their environment; only Linux shows it. */
  #strays(): number[] {
    const needle = `${this.#marker.name}=${this.#marker.value}`
    return listProcesses().filter((pid) => {
      try {
        return (
          pid !== process.pid && readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(needle)
        )
      } catch {
        return false
      }
    })
  }
}

function listProcesses(): number[] {
  try {
    return readdirSync('/proc').map(Number).filter(Number.isInteger)
  } catch {
    return []
  }
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, signal)
    } catch {
      // Gone already, or not a group leader.
    }
  }
}
