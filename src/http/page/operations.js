/**
 * What a reader can press: the operations of the API that act, with the level that each needs, whether it shows a plan
 * first, and what it asks for. A test holds this table against the operations themselves.
 */
import { JUMP, OF_OCM, SNOOZE } from './own-operations.js'

const REASON = { name: 'reason', kind: 'text', text: 'option.reason' }
const BACKUP = { name: 'backup', kind: 'text', text: 'option.backup' }
const TURN = { name: 'turn', kind: 'flag', text: 'option.turn', usual: false }
const ID = { name: 'id', kind: 'text', text: 'option.id', required: true }
const HOST = { name: 'host', kind: 'text', text: 'option.host' }
/** How a machine that is no node yet is reached, and what it is called. */
const MACHINE = [
  { name: 'sshUser', kind: 'text', text: 'option.ssh-user' },
  { name: 'sshPort', kind: 'number', text: 'option.ssh-port', most: 65_535 },
  { name: 'name', kind: 'text', text: 'option.name' },
  { name: 'gatewayPort', kind: 'number', text: 'option.gateway-port', most: 65_535 },
]
const TAGS = { name: 'tags', kind: 'list', text: 'option.tags' }
const FOR = { name: 'minutes', kind: 'minutes', text: 'option.maintenance-for', most: 43_200 }

/**
 * `on` is what it is done to; `fleet` is what makes a node, and what is about ocm itself. `fields` are asked for, beside
 * what `on` gives. `typed` is a field that takes the name of what is destroyed, typed by hand; `none` is what somebody types
 * into a field to have nothing there any more. `fixed` is sent as it is. `retired`: `too` is done to a retired node as well,
 * `only` to no other. `stopping` is what it means to stop it on the way, where that can be done. `next` is what can be done
 * about an end that was none, by what it left.
 */
export const OPERATIONS = {
  'restart-node': {
    on: 'node',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-restart',
    fields: [{ name: 'drain', kind: 'flag', text: 'option.drain', usual: true }],
  },
  'backup-node': {
    on: 'node',
    stopping: 'backup.stopping',
    retired: 'too',
    access: 'operator',
    planned: false,
    fields: [{ name: 'method', kind: 'text', text: 'option.backup-method' }],
  },
  'update-node': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-update',
    fields: [{ name: 'to', kind: 'text', text: 'option.to-version', required: true }, TURN],
  },
  'set-maintenance': {
    on: 'node',
    access: 'operator',
    planned: false,
    fields: [FOR, REASON],
    fixed: { on: true },
  },
  'fix-lint': { on: 'node', access: 'admin', planned: true, confirm: 'button.confirm-fix', fields: [] },
  'retire-node': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-retire',
    fields: [REASON],
  },
  'unretire-node': { on: 'node', retired: 'only', access: 'admin', planned: false, fields: [] },
  'edit-node': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-edit',
    fields: [
      { name: 'name', kind: 'text', text: 'option.name' },
      { name: 'host', kind: 'text', text: 'option.host' },
      { name: 'sshPort', kind: 'number', text: 'option.ssh-port' },
      { name: 'sshUser', kind: 'text', text: 'option.ssh-user' },
      { name: 'gatewayPort', kind: 'number', text: 'option.gateway-port' },
      { name: 'tags', kind: 'list', text: 'option.new-tags' },
    ],
  },
  'trust-node': { on: 'node', access: 'admin', planned: true, confirm: 'button.confirm-trust', fields: [] },
  'remove-node': {
    on: 'node',
    retired: 'too',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-remove',
    fields: [],
  },
  'decommission-node': {
    on: 'node',
    retired: 'too',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-decommission',
    fields: [REASON],
    typed: 'confirm',
  },
  'restore-node': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-restore',
    fields: [
      BACKUP,
      { name: 'otherMachine', kind: 'flag', text: 'option.other-machine', usual: false },
      { name: 'from', kind: 'text', text: 'option.from-node' },
      { name: 'confirm', kind: 'text', text: 'option.confirm-original' },
    ],
  },
  'verify-backup': { on: 'node', retired: 'too', access: 'operator', planned: false, fields: [BACKUP] },
  'drill-backup': {
    on: 'node',
    retired: 'too',
    access: 'operator',
    planned: false,
    fields: [BACKUP, { name: 'on', kind: 'text', text: 'option.drill-on' }],
  },
  'copy-backup': {
    on: 'node',
    retired: 'too',
    access: 'operator',
    planned: false,
    fields: [BACKUP, { name: 'readBack', kind: 'flag', text: 'option.read-back', usual: false }],
  },
  'fetch-backup': { on: 'node', retired: 'too', access: 'admin', planned: false, fields: [BACKUP] },
  'delete-backup': {
    on: 'node',
    retired: 'too',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-delete-backup',
    fields: [BACKUP],
  },
  'add-bot': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-add-bot',
    fields: [
      { name: 'id', kind: 'text', text: 'option.bot-id', required: true },
      { name: 'name', kind: 'text', text: 'option.bot-name' },
      { name: 'model', kind: 'text', text: 'option.bot-model' },
      { name: 'workspace', kind: 'text', text: 'option.workspace' },
      { name: 'bindings', kind: 'list', text: 'option.bindings' },
    ],
  },
  'remove-bot': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-remove-bot',
    fields: [{ name: 'id', kind: 'text', text: 'option.bot-id', required: true }],
  },
  'backup-bot': {
    on: 'node',
    stopping: 'backup.stopping',
    access: 'operator',
    planned: false,
    fields: [{ name: 'id', kind: 'text', text: 'option.this-bot', required: true }],
  },
  'restore-bot': {
    on: 'node',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-restore-bot',
    fields: [{ name: 'id', kind: 'text', text: 'option.this-bot', required: true }, BACKUP],
  },
  'compact-session': {
    on: 'session',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-compact',
    fields: [],
  },
  'reset-session': {
    on: 'session',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-reset',
    fields: [],
  },
  'prevent-overflow': {
    on: 'session',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-prevent',
    fields: [],
  },
  'acknowledge-incident': { on: 'incident', access: 'operator', planned: false, fields: [] },
  'snooze-incident': {
    on: 'incident',
    access: 'operator',
    planned: false,
    fields: [SNOOZE],
  },
  'unsnooze-incident': { on: 'incident', access: 'operator', planned: false, fields: [] },
  'fleet-restart': {
    on: 'tags',
    stopping: 'fleet.restart.stopping',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-fleet',
    fields: [REASON],
  },
  'fleet-update': {
    on: 'tags',
    stopping: 'fleet.update.stopping',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-fleet',
    fields: [{ name: 'to', kind: 'text', text: 'option.to-version', required: true }, TURN, REASON],
  },
  'fleet-backup': {
    on: 'tags',
    stopping: 'fleet.backup.stopping',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-fleet',
    fields: [REASON],
  },
  'fleet-maintenance': {
    on: 'tags',
    stopping: 'fleet.maintenance.stopping',
    access: 'operator',
    planned: true,
    confirm: 'button.confirm-fleet',
    fields: [FOR, REASON],
    fixed: { on: true },
  },
  'add-node': {
    on: 'fleet',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-add',
    fields: [
      ID,
      HOST,
      ...MACHINE,
      TAGS,
      { name: 'version', kind: 'text', text: 'option.version' },
      { name: 'model', kind: 'text', text: 'option.model' },
      { name: 'secret', kind: 'text', text: 'option.secret' },
    ],
    next: ({ id, fault, changed }) =>
      fault === null
        ? []
        : [
            { name: 'add-node', text: 'button.resume', input: { id } },
            { name: 'keep-addition', text: 'button.keep', input: { id } },
            ...(changed ? [{ name: 'undo-add-node', text: 'button.undo', input: { id } }] : []),
          ],
  },
  'keep-addition': {
    on: 'fleet',
    access: 'admin',
    planned: false,
    fields: [ID],
  },
  'undo-add-node': {
    on: 'fleet',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-undo-add',
    fields: [ID],
  },
  'register-node': {
    on: 'fleet',
    access: 'admin',
    planned: true,
    confirm: 'button.confirm-register',
    fields: [ID, { ...HOST, required: true }, ...MACHINE, TAGS, JUMP],
  },
  ...OF_OCM,
}
