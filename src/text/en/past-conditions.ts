import type { ConditionCode } from '../../monitor/conditions.ts'

/** What was wrong, told when it is over. */
export const pastConditions = {
  'past.bot-blind': 'ocm could not reach a single node; the fault was most likely on its own side.',
  'past.node-unreachable': 'The node could not be reached over SSH.',
  'past.node-slow': 'The node answered, but too slowly to be read.',
  'past.host-key-changed': 'The host key of the node had changed, and ocm did not connect.',
  'past.service-down': 'The gateway was not running.',
  'past.service-missing': 'The gateway was not running, and nothing was known that runs it.',
  'past.system-service-down': 'The gateway was not running; its unit[ {unit}] belonged to the system.',
  'past.crash-looping': 'The gateway crashed and started over and over.',
  'past.config-invalid': 'The OpenClaw configuration was not valid[: {path}].',
  'past.agent-deleted': 'OpenClaw did not start: the deleted agent “{agent}” had been put back by hand.',
  'past.not-serving': 'The service ran, but the gateway served nobody.',
  'past.suspect-answers': 'A node that was to be decommissioned or restored elsewhere had answered again.',
  'past.process-silent': 'A gateway ran without a unit, and it served nobody.',
  'past.port-silent': 'The service was active, but nothing listened on the gateway port[ {port:digits}].',
  'past.not-watched':
    'The gateway served, but ocm could not read its sessions: nobody watched their contexts.',
  'past.watch-timed-out':
    'The gateway served, but did not list its sessions in time: nobody watched their contexts.',
  'past.too-many-alerts': 'Sessions of this node raised too many alerts: {count}[, shown: {shown}].',
  'past.context-overflow': 'The provider refused a prompt of agent {agent}: it no longer fitted.',
  'past.context-full':
    'Agent {agent} was full: the next turn would have been refused[ ({used} tokens used, {reserve} reserved, window {window})].',
  'past.context-level':
    'Agent {agent} was at {percent:percent} of its usable context[; {headroom} tokens were left].',
  'past.headroom-short':
    'Agent {agent} had only {headroom} tokens left, and a turn of this session could take {turn}.',
  'past.time-left':
    'At its pace the context of agent {agent} would have been full in {fromMinutes} to {toMinutes} minutes.',
  'past.compaction-failed': 'A compaction of agent {agent} failed, and the turn could not be saved.',
  'past.compaction-missed':
    'OpenClaw should have compacted agent {agent} at {point} tokens and did not; {used} were used.',
  'past.compaction-looping':
    'OpenClaw compacted agent {agent} {count} {count#time|times} within an hour and gained almost nothing.',
  'past.runaway':
    'The context of agent {agent} grew by {rise} tokens in {turns} {turns#turn|turns} without a word from a person.',
  'past.compaction-ahead':
    'Agent {agent} was at {percent:percent} of its usable context; a cap made OpenClaw compact it from {point} tokens on.',
  'past.disk-full': 'The disk was {percent:percent} full[; {freeBytes:bytes} free].',
  'past.memory-full': 'Memory was {percent:percent} used[; {freeBytes:bytes} available].',
  'past.load-high': 'The load was high: {load} on {cpus} {cpus#CPU|CPUs}.',
  'past.restarts-rising': 'The service was restarted without being asked[ ({before} → {now} restarts)].',
  'past.clock-skew': 'The clock of the node was off by {seconds} {seconds#second|seconds}.',
  'past.linger-off': 'The gateway would have stopped when the login user logged out.',
  'past.channel-down': 'The channel {channel}[ ({account})] was not connected.',
  'past.gateway-unhealthy': 'The gateway itself reported a problem.',
  'past.version-behind': 'OpenClaw {version} was older than the newest in the fleet, {newest}.',
  'past.port-moved': 'The gateway was on port {found:digits}; the registry had {registered:digits}.',
  'past.counters-unknown': 'How full some sessions were was not known[ ({count})].',
  'past.backups-unreadable': 'The store of backups could not be read, and no scheduled backup was taken.',
  'past.backups-no-room':
    'The disk for backups had too little room, and no scheduled backup was taken[: {free:bytes} free, {floor:bytes} to stay free].',
  'past.backup-stale':
    'The node had no fresh backup[: the last verified one was older than {age:duration}, one was due every {every:duration}].',
  'past.backup-unrestorable': 'The last restore drill of the node had failed.',
  'past.backup-failed': 'The scheduled backup of the node had failed.',
  'past.copies-failing':
    'Backups could not be copied away from the machine of ocm[: {target} – {why@offsite-problem}].',
  'past.state-unknown': 'The node was reached, but its state could not be told.',
} as const satisfies Record<`past.${ConditionCode | 'compaction-ahead'}`, string>
