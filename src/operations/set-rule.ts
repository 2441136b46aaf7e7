import { z } from 'zod'
import { nodeIdSchema, tagSchema } from '../../registry/schema.ts'
import { OperatorError } from '../base/errors.ts'
import type { InputForm } from '../base/input-problem.ts'
import {
  isInRange,
  type RuleName,
  type RuleOverride,
  type RulesFile,
  type Thresholds,
  thresholdsFor,
  thresholdsSchema,
} from '../monitor/thresholds.ts'
import { requireKnownTag } from './known-tags.ts'
import { defineOperation } from './operation.ts'
import { maySeeScope, type Scope } from './visible-scope.ts'

const names = thresholdsSchema.keyof()

const inputSchema = z
  .strictObject({
    node: nodeIdSchema.nullable().default(null),
    agent: z.string().min(1).max(128).nullable().default(null),
    tag: tagSchema.nullable().default(null),
    /** Left out, the rules are only shown. */
    name: names.nullable().default(null),
    /** null goes back to what is inherited. */
    value: z.number().min(0).max(1_440).nullable().default(null),
  })
  .refine(({ node, agent }) => agent === null || node !== null, {
    path: ['node'],
    error: 'agent-without-node' satisfies InputForm,
  })
  .refine(({ node, tag }) => node === null || tag === null, {
    path: ['tag'],
    error: 'node-and-tag' satisfies InputForm,
  })

type Input = z.infer<typeof inputSchema>

/** Rules that say nothing of a single agent. */
const WHOLE_NODE: readonly RuleName[] = ['backupEvery', 'drillEvery']

/** set-rule: what holds for the scope, and where it was set. */
export interface RuleReport {
  scope: { node: string | null; agent: string | null; tag: string | null }
  thresholds: Thresholds
  /** Those that whoever asks may know of. */
  overrides: RuleOverride[]
}

/** Shows or changes the thresholds of the fleet, a tag, a node or an agent. */
export const setRule = defineOperation<Input, RuleReport>({
  name: 'set-rule',
  access: 'admin',
  effect: 'record',
  input: inputSchema,
  nodeOf: (input) => input.node,
  looks: ({ name }) => name === null,
  tagsOf({ node, tag, name }) {
    if (tag !== null) return [tag]
    // To change what holds for every node takes authority over every node; to look at it does not.
    return node === null && name !== null ? [] : null
  },
  requires(context, input, _node, actor) {
    const { tag } = input
    // One that was set while nodes had the tag is still looked at, and taken back.
    const isSet = context.rules.value().overrides.some(({ scope }) => 'tag' in scope && scope.tag === tag)
    if (tag !== null && !isSet) requireKnownTag(context, actor, tag)
    if (input.name !== null) changed(context.rules.value(), input, input.name)
  },
  async run(context, input, { actor }) {
    const { name } = input
    if (name !== null) await context.rules.update((rules) => changed(rules, input, name))
    const rules = context.rules.value()
    const data = {
      scope: { node: input.node, agent: input.agent, tag: input.tag },
      thresholds: effective(rules, input),
      overrides: rules.overrides.filter(({ scope }) => maySeeScope(context, actor, partOf(scope))),
    }
    return { outcome: 'done', data }
  },
})

function changed(rules: RulesFile, input: Input, name: RuleName): RulesFile {
  if (input.agent !== null && WHOLE_NODE.includes(name))
    throw new OperatorError('rules-contradict', { problem: 'whole-node' })
  if (input.value !== null && !isInRange(name, input.value))
    throw new OperatorError('rules-contradict', { problem: 'range' })
  const scope = scopeOf(input)
  const same = (override: RuleOverride) => JSON.stringify(override.scope) === JSON.stringify(scope)
  const set = { ...rules.overrides.find(same)?.set }
  if (input.value === null) delete set[name]
  else set[name] = input.value
  const rest = rules.overrides.filter((override) => !same(override))
  const overrides = Object.keys(set).length === 0 ? rest : [...rest, { scope, set }]
  const next = { ...rules, overrides }
  refuseContradiction(effective(next, input))
  return next
}

function partOf(scope: RuleOverride['scope']): Scope {
  return { nodeId: 'node' in scope ? scope.node : null, tag: 'tag' in scope ? scope.tag : null }
}

function scopeOf({ node, agent, tag }: Input): RuleOverride['scope'] {
  if (node !== null) return agent === null ? { node } : { node, agent }
  return tag === null ? { fleet: true } : { tag }
}

function effective(rules: RulesFile, { node, agent, tag }: Input): Thresholds {
  return thresholdsFor(rules, { nodeId: node ?? '', tags: tag === null ? [] : [tag], agentId: agent })
}

/** Levels that overtake each other would make the lower one unreachable. */
function refuseContradiction(at: Thresholds): void {
  const ordered: [lower: keyof Thresholds, upper: keyof Thresholds][] = [
    ['contextNotice', 'contextWarning'],
    ['contextWarning', 'contextCritical'],
    ['diskWarning', 'diskCritical'],
    ['memoryWarning', 'memoryCritical'],
    ['timeLeftCritical', 'timeLeftWarning'],
  ]
  const broken = ordered.find(([lower, upper]) => at[lower] >= at[upper])
  if (broken) throw new OperatorError('rules-contradict', { lower: broken[0], upper: broken[1] })
}
