import type { OperationName } from '../operations/index.ts'

/** Where an operation is found besides `/operations/{name}`. */
interface OwnRoute {
  method: 'get' | 'post'
  /** Below `/api/ocm`; `{id}` is the node. */
  path: '/nodes' | '/nodes/{id}/status' | '/nodes/{id}/backup' | '/nodes/{id}/restart' | '/audit'
}

/** What this face does with an operation. */
export type Route = { kind: 'own'; route: OwnRoute } | { kind: 'generic' } | { kind: 'none'; why: string }

const generic: Route = { kind: 'generic' }
const own = (method: OwnRoute['method'], path: OwnRoute['path']): Route => ({
  kind: 'own',
  route: { method, path },
})
const readsOwnFile: Route = { kind: 'none', why: 'it reads a file of the machine that ocm runs on' }
const token: Route = { kind: 'none', why: 'a token must not make or end others' }

/** The decision about each operation: one that is not here does not compile. */
export const ROUTES: Readonly<Record<OperationName, Route>> = {
  'list-nodes': own('get', '/nodes'),
  'node-status': own('get', '/nodes/{id}/status'),
  'backup-node': own('post', '/nodes/{id}/backup'),
  'restart-node': own('post', '/nodes/{id}/restart'),
  'node-logs': generic,
  'set-maintenance': generic,
  'retire-node': generic,
  'unretire-node': generic,
  'add-node': generic,
  'keep-addition': generic,
  'undo-add-node': generic,
  'register-node': generic,
  'edit-node': generic,
  'set-tag-jump': generic,
  'trust-node': generic,
  'remove-node': generic,
  'import-registry': readsOwnFile,
  'approve-known-keys': readsOwnFile,
  'list-bots': generic,
  'add-bot': generic,
  'remove-bot': generic,
  'backup-bot': generic,
  'restore-bot': generic,
  'list-backups': generic,
  'verify-backup': generic,
  'drill-backup': generic,
  'compare-backups': generic,
  'delete-backup': generic,
  'download-backup': { kind: 'none', why: 'it leaves the file on the machine that ocm runs on' },
  'copy-backup': generic,
  'fetch-backup': generic,
  'restore-node': generic,
  'update-node': generic,
  'decommission-node': generic,
  'fleet-versions': generic,
  'fleet-drift': generic,
  'lint-nodes': generic,
  'fix-lint': generic,
  'fleet-restart': generic,
  'fleet-update': generic,
  'fleet-backup': generic,
  'fleet-maintenance': generic,
  'list-sessions': generic,
  'show-session': generic,
  'compact-session': generic,
  'reset-session': generic,
  'prevent-overflow': generic,
  'list-incidents': generic,
  'acknowledge-incident': generic,
  'snooze-incident': generic,
  'unsnooze-incident': generic,
  'mute-alerts': generic,
  'set-rule': generic,
  'test-alerts': generic,
  'set-board': generic,
  'shift-report': generic,
  'restrict-key': generic,
  'list-approvals': generic,
  'approve-request': generic,
  'refuse-request': generic,
  'override-approval': generic,
  'set-approval-rule': generic,
  'list-audit': own('get', '/audit'),
  'verify-audit': generic,
  'export-audit': generic,
  'create-token': token,
  'list-tokens': token,
  'revoke-token': token,
  'web-login': { kind: 'none', why: 'who is signed in must not sign others in' },
}
