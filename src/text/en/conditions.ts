import type { ConditionCode } from '../../monitor/conditions.ts'

/** What is wrong and what to do about it: in a status, in a list and in an incident. */
export const conditions = {
  'condition.bot-blind': 'ocm cannot reach a single node, so the fault is most likely on its own side.',
  'condition.bot-blind.next': 'Check the network and the SSH key of the machine that runs ocm.',
  'condition.node-unreachable': 'The node cannot be reached over SSH.',
  'condition.node-unreachable.next': 'Check that the machine is up, then its address, port and firewall.',
  'condition.node-slow':
    'The node answers, but too slowly to be read: whether its gateway serves is not known.',
  'condition.node-slow.next':
    'See on the machine what keeps it busy. If the line to it is always slow, raise OCM_CONNECT_TIMEOUT_MS and OCM_LIST_DEADLINE_MS.',
  'condition.host-key-changed': 'The host key of the node has changed; ocm does not connect.',
  'condition.host-key-changed.next':
    'If the machine was reinstalled, approve its new key with {/node trust}; otherwise treat it as an attack.',
  'condition.service-down': 'The gateway is not running.',
  'condition.service-down.next': 'Read {/node logs}, then start it with {/node restart}.',
  'condition.service-missing': 'The gateway is not running, and ocm knows of nothing that runs it.',
  'condition.service-missing.next':
    'Start it on the machine, as it is run there: its container, or its process manager. If a unit runs it, name it with {/node edit}.',
  'condition.system-service-down': 'The gateway is not running; its unit[ {unit}] belongs to the system.',
  'condition.system-service-down.next':
    'Read {/node logs}. {/node restart} starts it where the login may do so; else run “sudo systemctl start[ {unit}]” on the machine.',
  'condition.crash-looping': 'The gateway crashes and starts over and over.',
  'condition.crash-looping.next': 'Find the cause in {/node logs}; a restart alone will not help.',
  'condition.config-invalid': 'The OpenClaw configuration is not valid[: {path}].',
  'condition.config-invalid.next': 'Run “openclaw doctor” on the node, correct the file, then restart.',
  'condition.agent-deleted': 'OpenClaw does not start: the deleted agent “{agent}” was put back by hand.',
  'condition.agent-deleted.next':
    'On the node, remove the agent’s entry and its bindings from openclaw.json and move agents/{agent} out of the OpenClaw directory; then restart with {/node restart}. To have it back, make it with {/bot add} first.',
  'condition.not-serving': 'The service runs, but the gateway serves nobody.',
  'condition.not-serving.next':
    'Read {/node logs}; if it stays like this for more than a minute, restart it with {/node restart}.',
  'condition.suspect-answers':
    'A node that could not be asked when it was decommissioned or restored elsewhere answers again: it may run with everything it had.',
  'condition.suspect-answers.next': 'Run {/node decommission} again.',
  'condition.process-silent': 'A gateway runs without a unit, and it serves nobody.',
  'condition.process-silent.next':
    'Read {/node logs}, then start its container or process anew on the machine: ocm cannot.',
  'condition.port-silent': 'The service is active, but nothing listens on the gateway port[ {port:digits}].',
  'condition.port-silent.next': 'Check gateway.port in the configuration, read {/node logs}, then restart.',
  'condition.not-watched':
    'The gateway serves, but ocm cannot read its sessions: nobody watches their contexts.',
  'condition.not-watched.next':
    'Check gateway.auth and the version of OpenClaw on the node; until then, look at its sessions by hand.',
  'condition.watch-timed-out':
    'The gateway serves, but did not list its sessions in time: nobody watches their contexts.',
  'condition.watch-timed-out.next':
    'See in {/node status} what keeps the machine busy. ocm asks again with its next look.',
  'condition.too-many-alerts': 'Sessions of this node raise too many alerts: {count}[, shown: {shown}].',
  'condition.too-many-alerts.next':
    'Look at the node in {/session list}: its gateway may be broken, or its sessions need a limit.',
  'condition.context-overflow': 'The provider refused a prompt of agent {agent}: it no longer fits.',
  'condition.context-overflow.next':
    'Compact session {session}, or start a new one. Prevent keeps it from coming back.',
  'condition.context-full':
    'Agent {agent} is full: the next turn will be refused[ ({used} tokens used, {reserve} reserved, window {window})].',
  'condition.context-full.next': 'Compact session {session} now, or start a new one.',
  'condition.context-level':
    'Agent {agent} is at {percent:percent} of its usable context[; {headroom} tokens are left].',
  'condition.context-level.next': 'Compact session {session}, or start a new one, before the next long turn.',
  'condition.headroom-short':
    'Agent {agent} has only {headroom} tokens left, and a turn of this session can take {turn}: the next one may be refused.',
  'condition.headroom-short.next': 'Compact session {session} now, before anybody writes to it.',
  'condition.time-left':
    'At this pace the context of agent {agent} is full in {fromMinutes} to {toMinutes} minutes.',
  'condition.time-left.next': 'Compact session {session} before then, or see what makes it grow.',
  'condition.compaction-failed': 'A compaction of agent {agent} failed, and the turn could not be saved.',
  'condition.compaction-failed.next': 'Start a new session in place of {session}; the transcript is kept.',
  'condition.compaction-missed':
    'OpenClaw should have compacted agent {agent} at {point} tokens and did not; {used} are used.',
  'condition.compaction-missed.next':
    'Compact session {session} by hand. Prevent makes OpenClaw compact in time from now on.',
  'condition.compaction-looping':
    'OpenClaw compacted agent {agent} {count} {count#time|times} within an hour and gained almost nothing.',
  'condition.compaction-looping.next':
    'Start a new session in place of {session}: what is left cannot be summarised further.',
  'condition.runaway':
    'The context of agent {agent} grew by {rise} tokens in {turns} {turns#turn|turns} without a word from a person.',
  'condition.runaway.next':
    'See what the agent is doing in session {session}; stop its schedule, or start a new session.',
  'condition.compaction-ahead':
    'Agent {agent} is at {percent:percent} of its usable context; a cap makes OpenClaw compact it from {point} tokens on.',
  'condition.compaction-ahead.next': 'Nothing to do: ocm calls when OpenClaw does not compact by then.',
  'condition.disk-full': 'The disk is {percent:percent} full[; {freeBytes:bytes} free].',
  'condition.disk-full.next': 'Free space: OpenClaw loses data on a full disk. Look at old logs and backups.',
  'condition.memory-full': 'Memory is {percent:percent} used[; {freeBytes:bytes} available].',
  'condition.memory-full.next': 'Find the largest process; restart the gateway if it is the one.',
  'condition.load-high': 'The load is high: {load} on {cpus} {cpus#CPU|CPUs}.',
  'condition.load-high.next': 'See what is running on the machine.',
  'condition.restarts-rising': 'The service was restarted without being asked[ ({before} → {now} restarts)].',
  'condition.restarts-rising.next': 'Look for a crash in {/node logs}.',
  'condition.clock-skew': 'The clock of the node is off by {seconds} {seconds#second|seconds}.',
  'condition.clock-skew.next': 'Turn on time synchronisation on the node (systemd-timesyncd or chrony).',
  'condition.linger-off': 'The gateway will stop when the login user logs out.',
  'condition.linger-off.next': 'Run “loginctl enable-linger” for the login user on the node.',
  'condition.channel-down': 'The channel {channel}[ ({account})] is not connected.',
  'condition.channel-down.next': 'Check the token and the network of the channel.',
  'condition.gateway-unhealthy': 'The gateway reports problems of its own.',
  'condition.gateway-unhealthy.next': 'Read them below, then {/node logs}.',
  'condition.version-behind': 'OpenClaw {version} is older than the newest in the fleet, {newest}.',
  'condition.version-behind.next': 'Plan an update of this node.',
  'condition.port-moved': 'The gateway is on port {found:digits}; the registry has {registered:digits}.',
  'condition.port-moved.next': 'Take it over with {/node edit}: gateway-port {found:digits}.',
  'condition.counters-unknown':
    'How full some contexts are is not known[ ({count} {count#session|sessions})].',
  'condition.counters-unknown.next': 'It is counted again with the next turn of the agent.',
  'condition.backups-unreadable':
    'The store of backups cannot be read, so nobody knows which nodes have one; no scheduled backup is taken.',
  'condition.backups-unreadable.next':
    'Check the folder of backups in the data folder of ocm: its disk, its owner, its permissions.',
  'condition.backups-no-room':
    'The disk for backups has too little room, so no scheduled backup is taken[: {free:bytes} free, {floor:bytes} are to stay free].',
  'condition.backups-no-room.next':
    'Free space on the machine that runs ocm, or delete old backups. Scheduled backups go on by themselves.',
  'condition.backup-stale':
    'The node has no fresh backup[: the last verified one is older than {age:duration}, one is due every {every:duration}].',
  'condition.backup-stale.next':
    'Run {/node backup} and see what stands in its way. This ends with the next verified backup.',
  'condition.backup-unrestorable':
    'The last restore drill of the node failed: its backup could not be unpacked whole, or a database in it is not right.',
  'condition.backup-unrestorable.next':
    'Make a new backup with {/node backup} and try it with {/node backup-drill}. Check the disk of the machine that runs ocm.',
  'condition.backup-failed': 'The scheduled backup of the node failed; ocm tries again by itself.',
  'condition.backup-failed.next':
    'If it goes on, run {/node backup} to see why. This ends with the next verified backup.',
  'condition.copies-failing':
    'Backups cannot be copied away from the machine of ocm[: {target} – {why@offsite-problem}]. They lie there alone.',
  'condition.copies-failing.next':
    'Look at the target, its access key and its room; ocm doctor asks it. ocm tries again by itself, and this ends once the newest backup of every node is there.',
  'condition.state-unknown': 'The node was reached, but its state is not clear.',
  'condition.state-unknown.next': 'Try again; if it stays like this, look at the machine itself.',
} as const satisfies Record<`condition.${ConditionCode}` | `condition.${ConditionCode}.next`, string>
