/** A step as it begins: a line for each, not one for each look at it. */
export function begun<Step extends object>(step: Step): Step {
  if ('waitedMs' in step) return { ...step, waitedMs: 0 }
  return 'bytes' in step ? { ...step, bytes: 0 } : step
}
