/** How both OpenClaw versions word a prompt that the provider refused; recorded from real gateways. */
const OVERFLOW =
  /context[ _]overflow|exceed(?:s|ed)? (?:the )?context|context limit|context_length|prompt is too long|too large/i
/** How 2026.9.6 words a compaction that could not help. */
const COMPACTION_FAILED = /auto-?compaction could not recover|compaction failed/i

/** Whether an error text of a run says that its prompt did not fit. */
export function isOverflowError(text: string | null): boolean {
  return text !== null && OVERFLOW.test(text)
}

/** Whether an error text of a run says that a compaction could not save it. */
export function isCompactionError(text: string | null): boolean {
  return text !== null && COMPACTION_FAILED.test(text)
}
