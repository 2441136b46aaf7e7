import { readFile } from 'node:fs/promises'
import type { Terminal } from './terminal.ts'

/** What a file holds, or standard input where it is called `-`. @throws what `refusal` makes of a file that cannot be read */
export async function fileOrInput(
  file: string,
  terminal: Pick<Terminal, 'input'>,
  refusal: (cause: unknown) => Error,
): Promise<string> {
  if (file === '-') return await terminal.input()
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw refusal(error)
  }
}
