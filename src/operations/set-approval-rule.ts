import { z } from 'zod'
import { tagSchema } from '../../registry/schema.ts'
import { type ApprovalRule, EVERY_CHANGE, MOST_MINUTES } from './approvals.ts'
import { type StrayTag, strayTags } from './known-tags.ts'
import { defineOperation } from './operation.ts'

/** What a rule can be about: every operation that changes something, save the approvals themselves and what a person does for themselves alone. */
export const APPROVABLE = [
  EVERY_CHANGE,
  ...['restart-node', 'set-maintenance', 'retire-node', 'unretire-node'],
  ...['add-node', 'undo-add-node', 'register-node', 'edit-node', 'set-tag-jump', 'trust-node', 'remove-node'],
  'fix-lint',
  ...['import-registry', 'approve-known-keys', 'add-bot', 'remove-bot', 'backup-bot', 'restore-bot'],
  ...['backup-node', 'verify-backup', 'drill-backup', 'delete-backup', 'download-backup'],
  ...['copy-backup', 'fetch-backup'],
  ...['restore-node', 'update-node', 'decommission-node'],
  ...['fleet-restart', 'fleet-update', 'fleet-backup', 'fleet-maintenance'],
  ...['compact-session', 'reset-session', 'prevent-overflow'],
  ...['snooze-incident', 'unsnooze-incident', 'mute-alerts', 'set-rule'],
  ...['create-token', 'revoke-token', 'set-board'],
] as const

const inputSchema = z.strictObject({
  operation: z.enum(APPROVABLE),
  /** Null is the whole fleet. */
  tag: tagSchema.nullable().default(null),
  /** How long a request holds; null ends the rule. */
  minutes: z.int().min(1).max(MOST_MINUTES).nullable(),
})

/** set-approval-rule: the rule as it was and as it is. */
export interface ApprovalRuleChange {
  operation: string
  tag: string | null
  before: number | null
  after: number | null
  rules: ApprovalRule[]
  /** Set where the rule holds for a tag that no node carries: it protects nothing. */
  stray: StrayTag | null
}

/** Says what a second person has to approve. To end a rule, or to let a request hold longer, takes an approval itself. */
export const setApprovalRule = defineOperation<z.infer<typeof inputSchema>, ApprovalRuleChange>({
  name: 'set-approval-rule',
  access: 'admin',
  effect: 'record',
  input: inputSchema,
  nodeOf: () => null,
  tagsOf: ({ tag }) => (tag === null ? [] : [tag]),
  loosens({ approvals }, { operation, tag, minutes }) {
    const before = approvals.rules().find((rule) => rule.operation === operation && rule.tag === tag)
    return before !== undefined && (minutes === null || minutes > before.minutes)
  },
  async run(context, { operation, tag, minutes }, { actor }) {
    const { approvals, clock } = context
    const same = (rule: ApprovalRule) => rule.operation === operation && rule.tag === tag
    const before = approvals.rules().find(same)?.minutes ?? null
    await approvals.setRule({ operation, tag, minutes, setBy: actor.name, setAt: clock.now() })
    const [stray = null] = tag === null || minutes === null ? [] : strayTags(context, actor, [tag])
    const data = { operation, tag, before, after: minutes, rules: approvals.rules(), stray }
    return { outcome: 'done', data }
  },
})
