import { addBot } from './add-bot.ts'
import { addNode } from './add-node.ts'
import { approveKnownKeys } from './approve-known-keys.ts'
import { backupBot } from './backup-bot.ts'
import { backupNode } from './backup-node.ts'
import { compactSession } from './compact-session.ts'
import { copyBackup } from './copy-backup.ts'
import { approveRequest, listApprovals, overrideApproval, refuseRequest } from './decide-approval.ts'
import { decommissionNode } from './decommission-node.ts'
import { downloadBackup } from './download-backup.ts'
import { drillBackup } from './drill-backup.ts'
import { editNode } from './edit-node.ts'
import { fetchBackup } from './fetch-backup.ts'
import { fixLint } from './fix-lint.ts'
import { fleetBackup } from './fleet-backup.ts'
import { fleetDrift } from './fleet-drift.ts'
import { fleetMaintenance } from './fleet-maintenance.ts'
import { fleetRestart } from './fleet-restart.ts'
import { fleetUpdate } from './fleet-update.ts'
import { fleetVersions } from './fleet-versions.ts'
import {
  acknowledgeIncident,
  listIncidents,
  muteAlerts,
  snoozeIncident,
  unsnoozeIncident,
} from './handle-incident.ts'
import { importRegistry } from './import-registry.ts'
import { keepAddition } from './keep-addition.ts'
import { lintNodes } from './lint-nodes.ts'
import { listBots } from './list-bots.ts'
import { listNodes } from './list-nodes.ts'
import { listSessions, showSession } from './list-sessions.ts'
import { compareBackups, deleteBackup, listBackups, verifyBackup } from './manage-backups.ts'
import { createToken, listTokens, revokeToken } from './manage-tokens.ts'
import { nodeLogs } from './node-logs.ts'
import { nodeStatus } from './node-status.ts'
import { preventOverflow } from './prevent-overflow.ts'
import { exportAudit, listAudit, verifyAudit } from './read-audit.ts'
import { registerNode } from './register-node.ts'
import { removeBot } from './remove-bot.ts'
import { removeNode } from './remove-node.ts'
import { resetSession } from './reset-session.ts'
import { restartNode } from './restart-node.ts'
import { restoreBot } from './restore-bot.ts'
import { restoreNode } from './restore-node.ts'
import { restrictKey } from './restrict-key.ts'
import { retireNode, unretireNode } from './retire-node.ts'
import { setApprovalRule } from './set-approval-rule.ts'
import { setBoard } from './set-board.ts'
import { setMaintenance } from './set-maintenance.ts'
import { setRule } from './set-rule.ts'
import { setTagJump } from './set-tag-jump.ts'
import { shiftReport } from './shift-report.ts'
import { testAlerts } from './test-alerts.ts'
import { trustNode } from './trust-node.ts'
import { undoAddNode } from './undo-add-node.ts'
import { updateNode } from './update-node.ts'
import { webLogin } from './web-login.ts'

/** Everything that an operator can do: an operation that is not here has no face. */
const all = {
  ...{ listNodes, nodeStatus, nodeLogs },
  ...{ restartNode, setMaintenance, retireNode, unretireNode },
  ...{ addNode, keepAddition, undoAddNode },
  ...{
    registerNode,
    editNode,
    setTagJump,
    trustNode,
    removeNode,
    importRegistry,
    approveKnownKeys,
    restrictKey,
  },
  ...{ listBots, addBot, removeBot, backupBot, restoreBot },
  ...{ backupNode, listBackups, verifyBackup, drillBackup, compareBackups, deleteBackup, downloadBackup },
  ...{ copyBackup, fetchBackup },
  ...{ restoreNode, updateNode, decommissionNode },
  ...{
    fleetVersions,
    fleetDrift,
    lintNodes,
    fixLint,
    fleetRestart,
    fleetUpdate,
    fleetBackup,
    fleetMaintenance,
  },
  ...{ listSessions, showSession, compactSession, resetSession, preventOverflow },
  ...{ listIncidents, acknowledgeIncident, snoozeIncident, unsnoozeIncident, muteAlerts },
  ...{ setRule, testAlerts },
  ...{ listApprovals, approveRequest, refuseRequest, overrideApproval, setApprovalRule },
  ...{ createToken, listTokens, revokeToken },
  ...{ setBoard, shiftReport },
  ...{ listAudit, verifyAudit, exportAudit },
  ...{ webLogin },
}

/** `listNodes` as it is called in the audit: `list-nodes`. */
type Kebab<Name extends string> = Name extends `${infer First}${infer Rest}`
  ? First extends Lowercase<First>
    ? `${First}${Kebab<Rest>}`
    : `-${Lowercase<First>}${Kebab<Rest>}`
  : ''

/** The name of one of the operations: what decides about each of them is a record over these. */
export type OperationName = Kebab<keyof typeof all>

/** What an operation of a name answers with. */
export type ResultOf<Name extends OperationName> = {
  [Key in keyof typeof all as Kebab<Key>]: Awaited<ReturnType<(typeof all)[Key]['run']>>['data']
}[Name]

export const operations = Object.values(all)
