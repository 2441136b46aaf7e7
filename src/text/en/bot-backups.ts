/** What is said of backups of one bot, and of what becomes of it when it is restored. */
export const botBackups = {
  'command.bot.backup': 'backup',
  'command.bot.backup.description': 'Back up one bot: sessions, workspace, channels, jobs',
  'command.bot.restore': 'restore',
  'command.bot.restore.description':
    'Put one bot back as it was, also a deleted one, after a confirmation; interrupts the gateway',
  'option.this-bot': 'bot',
  'option.this-bot.description': 'Id of the bot, as the list of bots shows it',
  'operation.backup-bot': 'back up bot',
  'operation.restore-bot': 'restore bot',
  'backups.of-bot': 'only bot {bot}',
  'backup-bot.progress': 'Backing up the bot {bot}…',
  'backup-bot.done': '{bot} of {node} is backed up and verified.',
  'backup-bot.partial': '{bot} of {node} is backed up and verified, but not all of it could be taken.',
  'backup-bot.failed': 'The backup of {bot} of {node} did not pass its verification.',
  'backup-bot.unknown': 'It is not known how the backup of {bot} of {node} ended.',
  'backup-bot.told':
    'With it: its settings, {bindings} channel {bindings#binding|bindings}[, {jobs} scheduled {jobs#job|jobs}][, {sessions} {sessions#session|sessions}]',
  'backup-bot.problem': 'Not with it: settings, channels or scheduled jobs that could not be read: {reason}',
  'restore-problem.of-one-bot': 'it is the backup of one bot; the command for that is bot restore',
  'restore-problem.not-in-backup': 'the backup does not hold this bot',
  'restore-problem.shared-workspace': 'another bot works in its workspace, above it or below it',
  'restore-problem.other-storage':
    'it was taken before OpenClaw kept sessions in databases; only the whole node can be taken back to it',
  'restore-bot.ask': 'Restore the bot {bot} of {node}?',
  'restore-bot.ask.from-whole': 'It is taken out of a backup of the whole node.',
  'restore-bot.ask.holds':
    'It holds {files} {files#file|files}, {bytes:bytes}[, {sessions} {sessions#session|sessions}] of this bot.',
  'restore-bot.ask.there':
    'The bot is there now, with this many sessions: {sessions}. Its sessions and files are replaced:',
  'restore-bot.ask.gone':
    'The bot is not there now: OpenClaw makes it anew, then its files take the place of these:',
  'restore-bot.ask.room': '{free:bytes} free on the node, {needed:bytes} needed',
  'restore-bot.ask.untold':
    'This backup does not tell its settings, channels and scheduled jobs: they do not come back.',
  'restore-bot.ask.settings-stay': 'Its settings stay as they are now.',
  'restore-bot.ask.bindings': 'Bound to it again: {names}',
  'restore-bot.ask.taken': 'Bound to another bot now, and left there: {names}',
  'restore-bot.ask.jobs': '{count} scheduled {count#job is|jobs are} made again',
  'restore-bot.ask.jobs-unknown':
    'Which scheduled jobs it lacks is not known; none is made again unless it can be read.',
  'restore-bot.ask.effect':
    'The gateway is stopped for a few minutes: every bot of the node is interrupted. What is replaced is put aside, not deleted; it comes back by itself when anything fails.',
  'restore-bot.progress': 'Restoring the bot {bot}…',
  'restore-bot.step.settings': 'Bringing its settings back',
  'restore-bot.step.scheduling': 'Making its scheduled jobs again',
  'restore-bot.done': '{bot} of {node} is restored, and the gateway serves it',
  'restore-bot.partial': '{bot} of {node} is restored, but not all of it is as it was',
  'restore-bot.failed': '{bot} of {node} was not restored',
  'restore-bot.unknown': 'It is not known how {bot} of {node} stands',
  'restore-bot.made.refused': 'OpenClaw did not make the bot anew. Nothing was replaced.',
  'restore-bot.made.unknown': 'It is not known whether OpenClaw made the bot anew. Nothing was replaced.',
  'restore-bot.made.empty':
    'OpenClaw had made the bot anew; it may be there and empty. Another restore replaces it.',
  'restore-bot.unread': 'Its sessions or folders could not all be compared with the backup.',
  'restore-bot.sessions':
    'All {count} {count#session|sessions} of the backup are there, by their ids and tokens.',
  'restore-bot.missing': '{missing} of the {had} {had#session|sessions} of the backup are missing',
  'restore-bot.tokens': '{count} {count#session has|sessions have} another number of tokens than then',
  'restore-bot.part.settings': 'Settings',
  'restore-bot.part.bindings': 'Channels',
  'restore-bot.part.jobs': 'Scheduled jobs',
  'restore-bot.part-state.done': 'as they were, read back from the node',
  'restore-bot.part-state.failed': 'not all as they were',
  'restore-bot.part-state.unknown': 'not known',
  'restore-bot.part-state.taken': 'some belong to another bot now and stay there',
  'button.confirm-restore-bot': 'Restore the bot',
} as const
