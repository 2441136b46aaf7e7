import { type ErrorCode, type ErrorParams, OperatorError } from '../base/errors.ts'

/** What is said when a plan was not confirmed. */
export interface Refusal {
  code: ErrorCode
  params: ErrorParams
}

/** A plan that nobody confirmed: nothing was done, and `plan` is what would have been. */
export class NotConfirmed extends OperatorError {
  readonly plan: unknown

  constructor(refusal: Refusal, plan: unknown) {
    super(refusal.code, refusal.params)
    this.plan = plan
  }
}
