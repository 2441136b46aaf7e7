import { OperatorError } from '../base/errors.ts'
import { nearest } from '../base/nearest.ts'
import type { OperationName } from './index.ts'

/** Every operation by its name, for what is a part of one itself and so cannot ask the list of them. */
const NAMES: Readonly<Record<OperationName, true>> = {
  'acknowledge-incident': true,
  'add-bot': true,
  'add-node': true,
  'approve-known-keys': true,
  'approve-request': true,
  'backup-bot': true,
  'backup-node': true,
  'compact-session': true,
  'compare-backups': true,
  'copy-backup': true,
  'create-token': true,
  'decommission-node': true,
  'delete-backup': true,
  'download-backup': true,
  'drill-backup': true,
  'edit-node': true,
  'export-audit': true,
  'fetch-backup': true,
  'fix-lint': true,
  'fleet-backup': true,
  'fleet-drift': true,
  'fleet-maintenance': true,
  'fleet-restart': true,
  'fleet-update': true,
  'fleet-versions': true,
  'import-registry': true,
  'keep-addition': true,
  'lint-nodes': true,
  'list-approvals': true,
  'list-audit': true,
  'list-backups': true,
  'list-bots': true,
  'list-incidents': true,
  'list-nodes': true,
  'list-sessions': true,
  'list-tokens': true,
  'mute-alerts': true,
  'node-logs': true,
  'node-status': true,
  'override-approval': true,
  'prevent-overflow': true,
  'refuse-request': true,
  'register-node': true,
  'remove-bot': true,
  'remove-node': true,
  'reset-session': true,
  'restart-node': true,
  'restore-bot': true,
  'restore-node': true,
  'restrict-key': true,
  'retire-node': true,
  'revoke-token': true,
  'set-approval-rule': true,
  'set-board': true,
  'set-maintenance': true,
  'set-rule': true,
  'set-tag-jump': true,
  'shift-report': true,
  'show-session': true,
  'snooze-incident': true,
  'test-alerts': true,
  'trust-node': true,
  'undo-add-node': true,
  'unretire-node': true,
  'unsnooze-incident': true,
  'update-node': true,
  'verify-audit': true,
  'verify-backup': true,
  'web-login': true,
}
/** Names that are in the audit and are no operations: what faces and schedules do. */
const OF_THE_AUDIT = ['log-in', 'log-out', 'retain-backups']

/** Whether there is an operation of this name. */
export function isOperation(name: string): boolean {
  return Object.hasOwn(NAMES, name)
}

/** Whether ocm writes lines of this name into its audit. */
export function isAudited(name: string): boolean {
  return isOperation(name) || OF_THE_AUDIT.includes(name)
}

/** That there is no operation of this name, with the one that may have been meant. */
export function unknownOperation(name: string): OperatorError {
  const near = nearest(name, [...Object.keys(NAMES), ...OF_THE_AUDIT])
  return new OperatorError('unknown-operation', { operation: name, ...(near === null ? {} : { near }) })
}
