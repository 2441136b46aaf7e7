import { leftOutOf } from '../left-out.ts'
import { updates } from './updates.ts'

/** What is done to many nodes at once. */
export const fleet = {
  'command.fleet': 'fleet',
  'command.fleet.description': 'Many nodes at once',
  'command.fleet.versions': 'versions',
  'command.fleet.versions.description': 'Which OpenClaw each node runs, and which nodes stand apart',
  'command.fleet.restart': 'restart',
  'command.fleet.restart.description':
    'Restart many gateways: one, then a few, then the rest; halts where one fails',
  'command.fleet.update': 'update',
  'command.fleet.update.description':
    'Run another OpenClaw on many nodes: one, then two, then the rest; halts where one fails',
  'command.fleet.backup': 'backup',
  'command.fleet.backup.description': 'Back up many nodes, a few at once',
  'command.fleet.maintenance': 'maintenance',
  'command.fleet.maintenance.description':
    'Stop watching many nodes while someone works on them, or watch them again',
  'cli.group.fleet': 'Fleet',
  'operation.fleet-versions': 'fleet versions',
  'operation.fleet-restart': 'fleet restart',
  'operation.fleet-update': 'fleet update',
  'operation.fleet-backup': 'fleet backup',
  'operation.fleet-maintenance': 'fleet maintenance',
  'fleet.nodes': '{count} {count#node|nodes}',
  'fleet.restart.ask': 'Restart {count} {count#gateway|gateways}?',
  'fleet.update.ask': 'Update {count} {count#node|nodes} to OpenClaw {to}?',
  'fleet.backup.ask': 'Back up {count} {count#node|nodes}?',
  'fleet.maintenance.ask-on': 'Put {count} {count#node|nodes} into maintenance?',
  'fleet.maintenance.ask-off': 'End the maintenance of {count} {count#node|nodes}?',
  'fleet.restart.effect':
    'In waves of {waves}. Each waits for its running turns, and the next wave begins only when every node of the last one serves again. Where one does not, nothing more is begun.',
  'fleet.update.effect':
    'In waves of {waves}, three at once. Each node is backed up first and watched at the end. One that fails goes back to its backup by itself, and nothing more is begun; those that are done keep the new version.',
  'fleet.update.turn':
    'At last one short turn is run on each with its default agent, in a session of its own that is removed. It costs what a turn costs, and no channel hears of it. Where no model answers, that node goes back.',
  'fleet.update.node': 'another Node.js is brought',
  'fleet.update.doctor': 'its state is migrated',
  'fleet.update.blind': 'does not tell whether turns run: they would be cut off',
  'fleet.update.resumes': 'goes on where an earlier update was cut',
  'fleet.backup.effect':
    'Three at once. A node that cannot be backed up keeps no other from it; a full disk here ends it.',
  'fleet.maintenance.effect-on':
    'They are not watched[ for {ms:duration}]. The nodes themselves are not touched.',
  'fleet.maintenance.effect-off': 'They are watched again from the next look on.',
  'left-out.already': 'already so',
  'left-out.not-reachable': 'not reachable when last looked at',
  'left-out.maintenance': 'in maintenance',
  'left-out.retired': 'retired',
  'left-out.not-permitted': 'not yours to change',
  'left-out.impossible': 'cannot be done now',
  ...leftOutOf(updates),
  'fleet.left.retired': 'Left out, retired ({count}): {names}',
  'fleet.left.maintenance': 'Left out, in maintenance ({count}): {names}',
  'fleet.left.not-permitted': 'Left out, not yours to change ({count}): {names}',
  'fleet.left.not-reachable': 'Left out, not reachable when last looked at ({count}): {names}',
  'fleet.left.already': 'Already so ({count}): {names}',
  'fleet.left.impossible': 'Left out ({count}): {names}. {reason}',
  'fleet.state.waiting': 'waits',
  'fleet.state.running': 'in progress',
  'fleet.state.done': 'done',
  'fleet.state.partial': 'done in part',
  'fleet.state.failed': 'failed',
  'fleet.state.unknown': 'result unknown',
  'fleet.state.refused': 'left as it was',
  'fleet.state.stopped': 'stopped, left as it was',
  'fleet.state.not-begun': 'not begun',
  'fleet.progress': '{ended} of {total} are over',
  'fleet.restart.result': 'Restarted {done} of {count} {count#gateway|gateways}.',
  'fleet.update.result': 'Updated {done} of {count} {count#node|nodes}.',
  'fleet.backup.result': 'Backed up {done} of {count} {count#node|nodes}.',
  'fleet.maintenance.result': 'Changed {done} of {count} {count#node|nodes}.',
  'fleet.halted': 'Halted by {node}: nothing more was begun.',
  'fleet.stopped': 'Stopped[ by {by}]: nothing more was begun.',
  'fleet.next':
    'Look at the nodes that are not done. What is done stays done; running it again does the whole list again.',
  'fleet.update.next':
    'Look at the nodes that are not done, mend the cause, and run the same again: nodes with the new version are left out, and one that was cut goes on.',
  'fleet.stopped.next': 'To go on, run it again. What is done stays done; the whole list is done again.',
  'fleet.update.stopped.next':
    'To go on, run the same again: nodes with the new version are left out, and what was brought already is used.',
  'fleet.stop': 'Stop',
  'fleet.restart.stopping': 'Nothing more is begun. Restarts that have begun go on to their end.',
  'fleet.update.stopping':
    'Nothing more is begun. Nodes that are still being prepared are left as they were; where the gateway was stopped already, the update goes on to its end.',
  'fleet.backup.stopping':
    'Nothing more is begun. Backups that go on are broken off and not kept; their nodes are as they were.',
  'fleet.maintenance.stopping': 'Nothing more is begun. Nodes that are changed already stay so.',
  'fleet.versions.title': 'Versions of {count} {count#node|nodes}',
  'fleet.versions.same': 'Every node runs the same.',
  'fleet.versions.apart': '{count} {count#runs|run} something else than most: {names}',
  'fleet.versions.unread': 'The version of {count} is not known: {names}',
  'fleet.versions.no-majority': 'No version is run by more than half of them.',
  'button.confirm-fleet': 'Do it',
} as const
