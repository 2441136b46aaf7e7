/** What a look at a node finds against its update. That it runs the version already is told as of every other change. */
const PROBLEMS = [
  'not-serving',
  'version-unread',
  'older',
  'no-unit',
  'other-unit',
  'no-room',
  'room-unread',
  'wrong-machine',
  'other-update',
  'left-over',
  'no-node',
  'no-agents',
  'unsound',
] as const
type Problem = (typeof PROBLEMS)[number]

/** What an update says of each problem, as the reason for which a node is left out of one of many. */
export function leftOutOf(
  updates: Readonly<Record<`update-problem.${Problem}`, string>>,
): Record<`left-out.${Problem}`, string> {
  const texts = PROBLEMS.map((problem) => [`left-out.${problem}`, updates[`update-problem.${problem}`]])
  return Object.fromEntries(texts)
}
