import path from 'node:path'
import { environmentBeside, killedAt as killedAtLine } from '../support/killed-ocm.ts'
import type { Fleet } from './fleet.ts'
import type { Product } from './product.ts'

/** Runs a command of ocm as a process of its own, beside the product, and kills it as soon as it tells the line. */
export async function killedAt(
  { folder }: Product,
  { keyPath }: Fleet,
  words: readonly string[],
  line: string,
  settings: Readonly<Record<string, string>> = {},
): Promise<void> {
  const main = path.join(import.meta.dirname, '../../src/cli/main.ts')
  const env = environmentBeside({ folder, keyPath }, settings)
  await killedAtLine(['--import', 'tsx', main, ...words], env, line)
}
