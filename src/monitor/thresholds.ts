import { z } from 'zod'

/** The monitor's thresholds, shared by the bot and the command line. */
export interface RulesPort {
  value(): RulesFile
  update(change: (rules: RulesFile) => RulesFile): Promise<RulesFile>
}

const percent = z.number().min(1).max(200)
const minutes = z.number().min(1).max(1_440)
/** 0 is never. */
const hours = z.number().min(1).max(1_440).or(z.literal(0))

/** What each threshold may be. */
const ranges = {
  contextNotice: percent,
  contextWarning: percent,
  contextCritical: percent,
  contextBand: z.number().min(0).max(50),
  timeLeftWarning: minutes,
  timeLeftCritical: minutes,
  timeLeftFrom: percent,
  diskWarning: percent,
  diskCritical: percent,
  memoryWarning: percent,
  memoryCritical: percent,
  runawayShare: percent,
  backupEvery: hours,
  drillEvery: hours,
}
export type RuleName = keyof typeof ranges

/**
 * The numbers behind the rules where nobody has set others. Percentages of a context are of its usable window (window − reserve);
 * times in minutes, between backups in hours.
 */
const DEFAULTS = Object.freeze({
  contextNotice: 65,
  contextWarning: 80,
  contextCritical: 90,
  /** How far below its threshold a value must fall before the level is over. */
  contextBand: 8,
  timeLeftWarning: 60,
  timeLeftCritical: 15,
  /** Below this share of the usable window no forecast is announced. */
  timeLeftFrom: 40,
  diskWarning: 85,
  diskCritical: 95,
  memoryWarning: 80,
  memoryCritical: 90,
  /** Growth without a person's turn, in per cent of the usable window, that counts as runaway. */
  runawayShare: 10,
  /** Hours between two backups of a node; 0 is none by themselves. */
  backupEvery: 0,
  /** Hours between two restore drills of a node of which backups are scheduled; 0 is none. */
  drillEvery: 168,
}) satisfies Record<RuleName, number>

/** The numbers behind the rules; what is left out is as nobody has set it. */
export const thresholdsSchema = z.strictObject({
  contextNotice: ranges.contextNotice.default(DEFAULTS.contextNotice),
  contextWarning: ranges.contextWarning.default(DEFAULTS.contextWarning),
  contextCritical: ranges.contextCritical.default(DEFAULTS.contextCritical),
  contextBand: ranges.contextBand.default(DEFAULTS.contextBand),
  timeLeftWarning: ranges.timeLeftWarning.default(DEFAULTS.timeLeftWarning),
  timeLeftCritical: ranges.timeLeftCritical.default(DEFAULTS.timeLeftCritical),
  timeLeftFrom: ranges.timeLeftFrom.default(DEFAULTS.timeLeftFrom),
  diskWarning: ranges.diskWarning.default(DEFAULTS.diskWarning),
  diskCritical: ranges.diskCritical.default(DEFAULTS.diskCritical),
  memoryWarning: ranges.memoryWarning.default(DEFAULTS.memoryWarning),
  memoryCritical: ranges.memoryCritical.default(DEFAULTS.memoryCritical),
  runawayShare: ranges.runawayShare.default(DEFAULTS.runawayShare),
  backupEvery: ranges.backupEvery.default(DEFAULTS.backupEvery),
  drillEvery: ranges.drillEvery.default(DEFAULTS.drillEvery),
}) satisfies z.ZodType<Record<RuleName, number>>

export type Thresholds = z.infer<typeof thresholdsSchema>

/** Whether a threshold may have this value. */
export function isInRange(name: RuleName, value: number): boolean {
  return ranges[name].safeParse(value).success
}

/** Thresholds for a part of the fleet; what is left out is inherited. */
const overrideSchema = z.strictObject({
  scope: z.union([
    z.strictObject({ fleet: z.literal(true) }),
    z.strictObject({ tag: z.string() }),
    z.strictObject({ node: z.string() }),
    z.strictObject({ node: z.string(), agent: z.string() }),
  ]),
  set: z.strictObject(ranges).partial(),
})

/** The rules file. */
export const rulesFileSchema = z.strictObject({
  version: z.literal(1),
  overrides: z.array(overrideSchema),
})

export type RuleOverride = z.infer<typeof overrideSchema>
export type RulesFile = z.infer<typeof rulesFileSchema>
type Layer = RuleOverride['set']

/** The part of a node that a threshold can hold for. */
export interface RuleSubject {
  nodeId: string
  tags: readonly string[]
  agentId: string | null
}

/** What holds for one node, and for the agents of it that have rules of their own. */
interface Resolved {
  tags: readonly string[]
  node: Thresholds
  agents: ReadonlyMap<string, Thresholds>
}

/** The rules of one file, resolved once for each node that is asked about. */
class RuleBook {
  readonly #fleet: Layer = {}
  /** In the order of the file: of two tags of a node, the later one wins. */
  readonly #tags: [tag: string, set: Layer][] = []
  readonly #nodes = new Map<string, Layer>()
  readonly #agents = new Map<string, Map<string, Layer>>()
  readonly #resolved = new Map<string, Resolved>()

  constructor({ overrides }: RulesFile) {
    for (const { scope, set } of overrides) {
      if ('fleet' in scope) Object.assign(this.#fleet, set)
      else if ('tag' in scope) this.#tags.push([scope.tag, set])
      else if (!('agent' in scope)) this.#nodes.set(scope.node, { ...this.#nodes.get(scope.node), ...set })
      else {
        const agents = this.#agents.get(scope.node) ?? new Map<string, Layer>()
        agents.set(scope.agent, { ...agents.get(scope.agent), ...set })
        this.#agents.set(scope.node, agents)
      }
    }
  }

  for({ nodeId, tags, agentId }: RuleSubject): Thresholds {
    let known = this.#resolved.get(nodeId)
    if (known === undefined || !sameTags(known.tags, tags)) {
      known = this.#resolve(nodeId, tags)
      this.#resolved.set(nodeId, known)
    }
    return (agentId === null ? undefined : known.agents.get(agentId)) ?? known.node
  }

  #resolve(nodeId: string, tags: readonly string[]): Resolved {
    const tagged = this.#tags.filter(([tag]) => tags.includes(tag)).map(([, set]) => set)
    const node = layered(DEFAULTS, [this.#fleet, ...tagged, this.#nodes.get(nodeId) ?? {}])
    const own = [...(this.#agents.get(nodeId) ?? [])]
    return { tags, node, agents: new Map(own.map(([agent, set]) => [agent, layered(node, [set])])) }
  }
}

/** Whether two lists of tags are the same, in order. */
export function sameTags(a: readonly string[], b: readonly string[]): boolean {
  return a === b || (a.length === b.length && a.every((tag, index) => tag === b[index]))
}

function layered(base: Thresholds, layers: readonly Layer[]): Thresholds {
  const own = layers.filter((layer) => Object.keys(layer).length > 0)
  return own.length === 0 ? base : Object.freeze(Object.assign({}, base, ...own))
}

/** A rules file never changes once it is read; a changed one is another object. */
const books = new WeakMap<RulesFile, RuleBook>()

/** The thresholds that hold for an agent of a node: fleet, then tags, then node, then agent; the narrower one wins. */
export function thresholdsFor(file: RulesFile, subject: RuleSubject): Thresholds {
  let book = books.get(file)
  if (book === undefined) {
    book = new RuleBook(file)
    books.set(file, book)
  }
  return book.for(subject)
}
