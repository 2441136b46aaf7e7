import { timingSafeEqual } from 'node:crypto'

/** Whether a secret that was given is the one that is wanted; how long that takes says nothing of where they differ. */
export function isSameSecret(given: string, wanted: string): boolean {
  const [one, other] = [Buffer.from(given), Buffer.from(wanted)]
  return one.length === other.length && timingSafeEqual(one, other)
}
