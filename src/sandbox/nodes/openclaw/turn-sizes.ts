/** System prompt and tools: in every prompt, in no estimate of a compaction (39057 after an estimate of 26051). */
export const PROMPT_OVERHEAD = 13_006
/** What a compaction leaves of a conversation (172050 became 26051). */
export const COMPACTED_SHARE = 0.1514
/** What the answer of a turn takes. */
export const OUTPUT_TOKENS = 50
