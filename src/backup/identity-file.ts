import { readFile, stat } from 'node:fs/promises'
import { OperatorError } from '../base/errors.ts'
import type { HeaderKeys } from './seal.ts'

const PRIVATE_KEY = /^AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}$/
const OTHERS = 0o077

/**
 * Private keys of age in a file, as `age-keygen` writes it. It is read when something has to be decrypted, and what it holds is
 * kept nowhere; without a file nothing can be.
 * @param path null where the settings name none
 */
export function identityFile(path: string | null): HeaderKeys {
  return {
    async fileKey(header) {
      if (path === null) return null
      const { Decrypter } = await import('age-encryption')
      const decrypter = new Decrypter()
      for (const key of await privateKeys(path)) decrypter.addIdentity(key)
      try {
        return await decrypter.decryptHeader(header)
      } catch {
        return null
      }
    },
  }
}

/** @throws OperatorError backup-key-unusable {path, why} */
async function privateKeys(path: string): Promise<string[]> {
  const unusable = (why: 'unreadable' | 'open-to-others' | 'no-key', cause?: unknown) =>
    new OperatorError('backup-key-unusable', { path, why }, { cause })
  try {
    const { mode } = await stat(path)
    if ((mode & OTHERS) !== 0) throw unusable('open-to-others')
    const lines = (await readFile(path, 'utf8')).split('\n').map((line) => line.trim())
    const keys = lines.filter((line) => PRIVATE_KEY.test(line))
    if (keys.length === 0) throw unusable('no-key')
    return keys
  } catch (error) {
    if (error instanceof OperatorError) throw error
    throw unusable('unreadable', error)
  }
}
