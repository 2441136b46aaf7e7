/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The command that the shells ask; it is in no help. */
export const COMPLETE_COMMAND = '__complete'
