/** What was stopped before it changed anything. */
export const stopErrors = {
  'error.stopped': 'It was stopped[ by {by}] before anything[ of “{node}”] was changed.',
  'error.stopped.next': 'Everything is as it was. Run it again when you like.',
  'error.backup-stopped': 'The backup[ of “{node}”] was stopped[ by {by}].',
  'error.backup-stopped.next':
    'Nothing of it was kept, and the node is as it was. Run it again when you like.',
  'error.decommission-stopped':
    'The decommission[ of “{node}”] was stopped[ by {by}] before the gateway was stopped or anything deleted.',
  'error.decommission-stopped.next': 'The node is as it was. Run it again when you are ready.',
  'error.restore-stopped':
    'The restore[ of “{node}”] was stopped[ by {by}] before the gateway was stopped or anything replaced.',
  'error.restore-stopped.next':
    'The node is as it was. Run it again when you like; what was brought there is removed.',
  'error.update-stopped':
    'The update[ of “{node}”] was stopped[ by {by}] while it was prepared; its gateway was not stopped.',
  'error.update-stopped.next':
    'The node runs what it ran. To go on, run the same update again; what was brought there already is used.',
} as const
