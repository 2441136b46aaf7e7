import type { ReasonCode } from '../base/reading.ts'

/** The ways in which a node refuses a login; each is also an error with a next step of its own. */
const REFUSED = ['auth-failed', 'second-factor', 'certificate-unused', 'hardware-key-unused'] as const

/** Whether the way to a node ends at its login. */
export function isRefusedLogin(code: ReasonCode): code is (typeof REFUSED)[number] {
  return (REFUSED as readonly string[]).includes(code)
}
