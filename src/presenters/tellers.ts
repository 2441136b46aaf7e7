import type { DriftList } from '../operations/fleet-drift.ts'
import type { OperationName } from '../operations/index.ts'
import type { Report } from '../operations/operation.ts'
import type { ChannelTest } from '../operations/test-alerts.ts'
import { addBotPlan, addBotResult, addBotStep } from './add-bot.ts'
import {
  addNodePlan,
  addNodeResult,
  addNodeStep,
  keepAdditionResult,
  undoAddNodePlan,
  undoAddNodeResult,
  undoAddNodeStep,
} from './add-node.ts'
import { approvalRuleResult, overrideResult } from './approval-words.ts'
import { auditCheck } from './audit.ts'
import { botBackupResult } from './backup-bot.ts'
import { backupResult, backupStepText, deletePlan, deleteResult, verifyResult } from './backups.ts'
import { copyResult, copyStepText, fetchResult } from './copy-backup.ts'
import { decommissionPlan, decommissionResult, decommissionStep } from './decommission-node.ts'
import { drillResult, drillStepText } from './drill-backup.ts'
import { editPlan, editResult, editStep } from './edit-node.ts'
import { fixPlan, fixResult, fixStep } from './fix-lint.ts'
import { type FleetVerb, fleetPlan, fleetResult, fleetRowText } from './fleet.ts'
import { driftList } from './fleet-drift.ts'
import type { Ink } from './ink.ts'
import { preventPlan, preventResult, preventStep } from './prevent-overflow.ts'
import { registerPlan, registerResult, registerStep } from './register-node.ts'
import { removeBotPlan, removeBotResult, removeBotStep } from './remove-bot.ts'
import { removePlan, removeResult } from './remove-node.ts'
import { restartPlan, restartResult, restartStep } from './restart-node.ts'
import { restoreBotPlan, restoreBotResult, restoreBotStep } from './restore-bot.ts'
import { restorePlan, restoreResult, restoreStep } from './restore-node.ts'
import { retirePlan, retireResult, unretireResult } from './retire-node.ts'
import { type ChangeKind, sessionPlan, sessionResult, sessionStep } from './session-change.ts'
import { setBoardResult } from './set-board.ts'
import { tagJumpPlan, tagJumpResult, tagJumpStep } from './set-tag-jump.ts'
import { channelTest } from './test-alerts.ts'
import type { Told } from './told.ts'
import { trustPlan, trustResult, trustStep } from './trust-node.ts'
import { updatePlan, updateResult, updateStep } from './update-node.ts'

/** A page has room for every node. */
const ROOM = { nodes: 1_000, left: 1_000, versions: 1_000, groups: 1_000 }
const FIX_ROOM = { fixes: 1_000, left: 1_000 }

/** What people are told of an operation: of its plan, of each step, of its end. */
export interface Teller {
  plan?(plan: unknown, ink: Ink): Told
  step?(step: unknown, ink: Ink): string
  result?(report: Report<unknown>, ink: Ink): Told
}

/** The presenters of one operation belong to its own types: only its plans, steps and results are handed to them. */
function teller<Plan, Step, Data>(words: {
  plan?(plan: Plan, ink: Ink): Told
  step?(step: Step, ink: Ink): string
  result?(report: Report<Data>, ink: Ink): Told
}): Teller {
  return words as unknown as Teller
}

function ofSession(kind: ChangeKind): Teller {
  return teller({
    plan: (plan: Parameters<typeof sessionPlan>[1], ink) => sessionPlan(kind, plan, ink),
    step: sessionStep,
    result: (report: Parameters<typeof sessionResult>[1], ink) => sessionResult(kind, report, ink),
  })
}

function ofFleet(verb: FleetVerb): Teller {
  return teller({
    plan: (plan: Parameters<typeof fleetPlan>[1], ink) => fleetPlan(verb, plan, ROOM, ink),
    step: ({ changed }: { changed: Parameters<typeof fleetRowText>[0] }, ink) => fleetRowText(changed, ink),
    result: (report: Parameters<typeof fleetResult>[1], ink) =>
      fleetResult(verb, report, ROOM.nodes, ROOM, ink),
  })
}

/** The words of what the page lets people do, by the same presenters as in every other face. */
const TELLERS: Partial<Record<OperationName, Teller>> = {
  'restart-node': teller({ plan: restartPlan, step: restartStep, result: restartResult }),
  'backup-node': teller({
    step: backupStepText,
    result: (report: Parameters<typeof backupResult>[0], ink) =>
      backupResult(report, { id: report.data.nodeId, name: report.data.nodeId }, ink),
  }),
  'fleet-drift': teller({
    result: ({ data }: Report<DriftList>, ink) => driftList(data, { differences: 1_000, nodes: 1_000 }, ink),
  }),
  'fix-lint': teller({
    plan: (plan: Parameters<typeof fixPlan>[0], ink) => fixPlan(plan, FIX_ROOM, ink),
    step: fixStep,
    result: (report: Parameters<typeof fixResult>[0], ink) => fixResult(report, FIX_ROOM, ink),
  }),
  'retire-node': teller({ plan: retirePlan, result: retireResult }),
  'unretire-node': teller({ result: unretireResult }),
  'edit-node': teller({ plan: editPlan, step: editStep, result: editResult }),
  'trust-node': teller({ plan: trustPlan, step: trustStep, result: trustResult }),
  'remove-node': teller({ plan: removePlan, result: removeResult }),
  'decommission-node': teller({
    plan: decommissionPlan,
    step: decommissionStep,
    result: decommissionResult,
  }),
  'update-node': teller({ plan: updatePlan, step: updateStep, result: updateResult }),
  'restore-node': teller({ plan: restorePlan, step: restoreStep, result: restoreResult }),
  'verify-backup': teller({ step: backupStepText, result: verifyResult }),
  'drill-backup': teller({ step: drillStepText, result: drillResult }),
  'copy-backup': teller({ step: copyStepText, result: copyResult }),
  'fetch-backup': teller({ step: copyStepText, result: fetchResult }),
  'delete-backup': teller({ plan: deletePlan, result: deleteResult }),
  'add-bot': teller({ plan: addBotPlan, step: addBotStep, result: addBotResult }),
  'backup-bot': teller({ step: backupStepText, result: botBackupResult }),
  'restore-bot': teller({ plan: restoreBotPlan, step: restoreBotStep, result: restoreBotResult }),
  'remove-bot': teller({ plan: removeBotPlan, step: removeBotStep, result: removeBotResult }),
  'compact-session': ofSession('compact'),
  'reset-session': ofSession('reset'),
  'prevent-overflow': teller({ plan: preventPlan, step: preventStep, result: preventResult }),
  'add-node': teller({
    plan: (plan: Parameters<typeof addNodePlan>[0], ink) => addNodePlan(plan, ink, true),
    step: addNodeStep,
    result: addNodeResult,
  }),
  'keep-addition': teller({ result: keepAdditionResult }),
  'undo-add-node': teller({ plan: undoAddNodePlan, step: undoAddNodeStep, result: undoAddNodeResult }),
  'register-node': teller({ plan: registerPlan, step: registerStep, result: registerResult }),
  'set-tag-jump': teller({ plan: tagJumpPlan, step: tagJumpStep, result: tagJumpResult }),
  'test-alerts': teller({
    result: ({ data }: Report<ChannelTest>, ink) => channelTest(data, ink, ink.code(data.channelId)),
  }),
  'set-board': teller({ result: setBoardResult }),
  'set-approval-rule': teller({ result: approvalRuleResult }),
  'override-approval': teller({ result: overrideResult }),
  'verify-audit': teller({ result: auditCheck }),
  'fleet-restart': ofFleet('restart'),
  'fleet-update': ofFleet('update'),
  'fleet-backup': ofFleet('backup'),
  'fleet-maintenance': ofFleet('maintenance'),
}

/** The words of an operation; nothing where the page shows its data itself. */
export function tellerOf(operation: string): Teller {
  return TELLERS[operation as OperationName] ?? {}
}
