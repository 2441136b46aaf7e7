import { z } from 'zod'

/** The monitor's thresholds, shared by the bot and the command line. */
export interface RulesPort {
  value(): RulesFile
  update(change: (rules: RulesFile) => RulesFile): Promise<RulesFile>
}

const percent = z.number().min(1).max(200)
const minutes = z.number().min(1).max(1_440)

/** The numbers behind the rules. Percentages are of the usable window (window − reserve); times in minutes. */
export const thresholdsSchema = z.strictObject({
  contextNotice: percent.default(65),
  contextWarning: percent.default(80),
  contextCritical: percent.default(90),
  /** How far below its threshold a value must fall before the level is over. */
  contextBand: z.number().min(0).max(50).default(8),
  timeLeftWarning: minutes.default(60),
  timeLeftCritical: minutes.default(15),
  /** Below this share of the usable window no forecast is announced. */
  timeLeftFrom: percent.default(40),
  diskWarning: percent.default(85),
  diskCritical: percent.default(95),
  memoryWarning: percent.default(80),
  memoryCritical: percent.default(90),
  /** Growth without a person's turn, in per cent of the window, that counts as runaway. */
  runawayShare: percent.default(10),
})

export type Thresholds = z.infer<typeof thresholdsSchema>

/** Thresholds for a part of the fleet; what is left out is inherited. */
const overrideSchema = z.strictObject({
  scope: z.union([
    z.strictObject({ fleet: z.literal(true) }),
    z.strictObject({ tag: z.string() }),
    z.strictObject({ node: z.string() }),
    z.strictObject({ node: z.string(), agent: z.string() }),
  ]),
  set: z.partialRecord(thresholdsSchema.keyof(), z.number()),
})

/** The rules file. */
export const rulesFileSchema = z.strictObject({
  version: z.literal(1),
  overrides: z.array(overrideSchema),
})

export type RuleOverride = z.infer<typeof overrideSchema>
export type RulesFile = z.infer<typeof rulesFileSchema>

/** From the widest scope to the narrowest; later ones win. */
function width({ scope }: RuleOverride): number {
  if ('fleet' in scope) return 0
  if ('tag' in scope) return 1
  return 'agent' in scope ? 3 : 2
}

/** The thresholds that hold for an agent of a node: fleet, then tags, then node, then agent. */
export function thresholdsFor(
  file: RulesFile,
  subject: { nodeId: string; tags: readonly string[]; agentId: string | null },
): Thresholds {
  const covers = ({ scope }: RuleOverride) =>
    'fleet' in scope ||
    ('tag' in scope
      ? subject.tags.includes(scope.tag)
      : scope.node === subject.nodeId && (!('agent' in scope) || scope.agent === subject.agentId))
  const layers = file.overrides.filter(covers).sort((a, b) => width(a) - width(b))
  return thresholdsSchema.parse(Object.assign({}, ...layers.map(({ set }) => set)))
}
