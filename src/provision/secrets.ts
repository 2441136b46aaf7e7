import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { Fault } from './fault.ts'

/** Secrets that an operator laid down on the machine of ocm. They are named, never shown. */
export interface SecretsPort {
  /** @throws Fault secret-missing, secret-open */
  read(name: string): Promise<string>
}

/** A name is also the name of the variable on the node: `ANTHROPIC_API_KEY`. */
export const SECRET_NAME = /^[A-Z][A-Z0-9_]{1,63}$/

const OTHERS = 0o077
const MOST_BYTES = 8 * 1024

/**
 * Secrets in files of a folder, one a file. A file that others could read is refused: it is not a secret any more.
 * @param learned gets each value that was read, so that it is taken out of whatever is shown or logged
 */
export function openSecrets(folder: string, learned: (value: string) => void): SecretsPort {
  return {
    async read(name) {
      if (!SECRET_NAME.test(name)) throw new Fault('secret-missing', name.slice(0, 64))
      const file = await open(join(folder, name), 'r').catch((error: unknown) => {
        throw new Fault('secret-missing', name, error)
      })
      try {
        const status = await file.stat()
        if ((status.mode & OTHERS) !== 0) throw new Fault('secret-open', name)
        if (!status.isFile() || status.size > MOST_BYTES) throw new Fault('secret-missing', name)
        const value = (await file.readFile('utf8')).trim()
        // A line break or a NUL would end the line of the file on the node.
        if (value === '' || /[\r\n\0]/.test(value)) throw new Fault('secret-missing', name)
        learned(value)
        return value
      } finally {
        await file.close()
      }
    },
  }
}
