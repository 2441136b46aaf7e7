import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { damagedError, emptyRegistry, parseRegistry } from '../../registry/parse.ts'
import type { RegistryData } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'

/** The registry as it is on the disk. @throws OperatorError registry-damaged with the place, registry-newer */
export async function readRegistry(
  path: string,
  missing: 'empty' | 'error',
): Promise<{ data: RegistryData; fileVersion: number }> {
  const names = { file: basename(path), backup: null }
  const nowhere = { line: 0, column: 0, where: '' }
  const bytes = await readFile(path).catch((error: unknown) => {
    const absent = error instanceof Error && 'code' in error && error.code === 'ENOENT'
    if (absent && missing === 'empty') return null
    const problem = absent ? 'file-missing' : 'unreadable'
    throw new OperatorError('registry-damaged', { ...names, backup: '', problem }, { cause: error })
  })
  if (bytes === null) return { data: emptyRegistry(), fileVersion: emptyRegistry().version }
  const parsed = parseRegistry(bytes)
  if (parsed.kind === 'fault') throw damagedError('registry-damaged', names, parsed.fault)
  if (parsed.kind === 'newer')
    throw new OperatorError('registry-newer', { file: names.file, version: parsed.fileVersion, ...nowhere })
  return parsed
}
