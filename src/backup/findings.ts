import type { BackupCheck, ProblemCode } from './manifest.ts'

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
}
