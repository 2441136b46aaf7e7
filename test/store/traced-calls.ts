import { readFile } from 'node:fs/promises'

/** A system call that has ended, in the order of the ends. */
export interface TracedCall {
  name: string
  args: string
}

/** Reads what `strace -f -o FILE` wrote. A call that another thread interrupted counts from where it is resumed. */
export async function stepsOf(file: string): Promise<TracedCall[]> {
  const begun = new Map<string, TracedCall>()
  const steps: TracedCall[] = []
  for (const line of (await readFile(file, 'utf8')).split('\n')) {
    const [, thread = '', rest = ''] = /^(\d+) +(.*)$/.exec(line) ?? []
    const resumed = /^<\.\.\. (\w+) resumed>/.exec(rest)
    if (resumed) {
      const call = begun.get(thread)
      begun.delete(thread)
      if (call) steps.push(call)
      continue
    }
    const [, name = '', args = ''] = /^(\w+)\((.*)$/.exec(rest) ?? []
    if (name === '') continue
    if (args.endsWith('<unfinished ...>')) begun.set(thread, { name, args })
    else steps.push({ name, args })
  }
  return steps
}
