import { OperatorError } from '../base/errors.ts'
import type { Layout } from './layout.ts'
import type { BackupCheck, Manifest, ProblemCode } from './manifest.ts'
import { readManifest } from './read-backup.ts'

const MOST_PROBLEMS = 200

/** What is wrong with a backup: the first of it by name, and how much there is. */
export class Findings {
  readonly problems: BackupCheck['problems'] = []
  readonly databases: BackupCheck['databases'] = []
  problemCount = 0

  add(code: ProblemCode, subject: string | null): void {
    this.problemCount += 1
    if (this.problems.length < MOST_PROBLEMS)
      this.problems.push({ code, subject: subject?.slice(0, 4_096) ?? null })
  }

  /** The manifest of a backup; null, which is a finding, where it is damaged. @throws OperatorError unknown-backup */
  async manifest(layout: Layout, node: string, id: string): Promise<Manifest | null> {
    try {
      return await readManifest(layout, node, id)
    } catch (error) {
      if (!(error instanceof OperatorError) || error.code !== 'backup-damaged') throw error
      this.add('manifest-damaged', null)
      return null
    }
  }
}
