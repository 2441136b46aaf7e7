/** What is said of backups. */
export const backups = {
  'backup-problem.no-state': 'its OpenClaw directory does not exist',
  'backup-problem.forbidden': 'its OpenClaw directory may not be read by the login user',
  'backup-problem.no-gnu-tar': 'it has no GNU tar',
  'backup-problem.no-node': 'it has no Node.js that could copy the databases',
  'backup-problem.no-room': 'its disk has no room for the copies of the databases',
  'backup-problem.no-list': 'the list of its files could not be made',
} as const
