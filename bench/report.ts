import type { Bench, CaseResult, Figures } from './suites.ts'

/** What the suites found; a suite that did not run is absent. */
export interface Results {
  cold?: CaseResult[]
  held?: CaseResult[]
  memory?: Figures
  holes?: Figures
  status?: CaseResult[]
  scale?: Figures
  chat?: Figures
}
export interface Machine {
  processors: string
  memoryGb: number
  system: string
  versions: string[]
  loadBefore: number
  date: string
}
export function renderSummary(results: Results): string {
  return JSON.stringify(results, null, 1)
}
export function renderDocument(_m: Machine, _s: Bench['scale'], results: Results): string {
  return renderSummary(results)
}
