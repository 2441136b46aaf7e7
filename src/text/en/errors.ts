import type { ErrorCode } from '../../base/errors.ts'
import { approvalErrors } from './approval-errors.ts'
import { hostKeyErrors } from './host-key-errors.ts'
import { requestErrors } from './request-errors.ts'
import { stopErrors } from './stop-errors.ts'

/** What went wrong and what to do next, for every error code. */
export const errors = {
  ...approvalErrors,
  ...hostKeyErrors,
  ...requestErrors,
  ...stopErrors,
  'error.invalid-input': 'That input does not fit[: {field}][ “{given}”][ ({problem@problem})].',
  'error.invalid-input.next': 'Correct it and run the command again.',
  'error.unknown-node': 'There is no node[ “{node}”] that you can see.',
  'error.unknown-node.next': 'Pick one from the suggestions, or use {/node list}.',
  'error.node-exists': 'A node with the id[ “{node}”] exists already.',
  'error.node-exists.next': 'Choose another id, or use the existing node.',
  'error.address-exists': 'This address is already registered[ as “{node}”].',
  'error.address-exists.next':
    'Use the existing node, or check host and port. A second gateway there needs its own state directory.',
  'error.unknown-session': 'There is no session[ “{session}”][ on “{node}”].',
  'error.unknown-session.next': 'It may have been reset or renamed; see {/node status}.',
  'error.unknown-incident': 'There is no incident[ “{incident}”].',
  'error.unknown-incident.next': 'It may have been resolved and forgotten; see the alert channel.',
  'error.unknown-addition': 'There is no unfinished addition[ of “{node}”].',
  'error.unknown-addition.next': 'To begin one, give the host as well: {/node add}.',
  'error.addition-unfinished': 'An addition[ of “{node}”] on another machine did not come to its end.',
  'error.addition-unfinished.next': 'Take it back with {/node add-undo}, or go on without a host.',
  'error.secret-missing': 'There is no secret[ {secret}] on the machine of ocm.',
  'error.secret-missing.next': 'Put it into the folder secrets of OCM_DATA_DIR, one line, mode 0600.',
  'error.secret-open': 'Others may read the secret[ {secret}] on the machine of ocm.',
  'error.secret-open.next': 'Set the mode of its file to 0600.',
  'error.nothing-to-fix':
    'There is nothing on “{node}” that ocm can fix[: {left} {left#finding is|findings are} for somebody else].',
  'error.nothing-to-fix.next': 'See {/node lint} for what was found and who can mend it.',
  'error.nothing-to-change': 'The node[ “{node}”] is already as you asked.',
  'error.nothing-to-change.next': 'Name what is to be another: see {/node status}.',
  'error.incident-over': 'There is nothing left to do: incident {incident} is resolved.',
  'error.incident-over.next': 'See {/alert list} for what is open now.',
  'error.rules-contradict':
    'These values do not fit together[: {lower@rule} must be below {upper@rule}][: {problem@problem}].',
  'error.rules-contradict.next': 'Notice must be below warning, and warning below critical.',
  'error.sessions-unreadable': 'The sessions[ of “{node}”] cannot be read[: {reason@reason}].',
  'error.sessions-unreadable.next': 'See {/node status} for the reason.',
  'error.no-remedy': 'There is no lasting remedy for this session[ (model {model})].',
  'error.no-remedy.next': 'Compact the session, or start a new one.',
  'error.bot-exists': 'There is a bot “{bot}” on “{node}” already.',
  'error.bot-exists.next': 'Choose another id; {/bot list} shows those that are taken.',
  'error.unknown-bot': 'There is no bot “{bot}” on “{node}”.',
  'error.unknown-bot.next': '{/bot list} shows those that are there.',
  'error.bot-kept': '“{bot}” on “{node}” is not removed: {why@bot-kept}.',
  'error.bot-kept.next': 'Change that on the node first, then try again.',
  'error.workspace-refused': 'A bot may not work in {workspace}: {why@workspace-problem}.',
  'error.workspace-refused.next': 'Name another folder below the home of the login, or leave it out.',
  'error.binding-taken': '{binding} goes to the bot “{bot}” on “{node}” already.',
  'error.binding-taken.next': 'Take it from that bot on the node first, or bind another account.',
  'error.config-elsewhere': 'The {what@config-part} of “{node}” cannot be written through its gateway.',
  'error.config-elsewhere.next':
    'They stand in an included file or beside a secret that the gateway hides: change them on the node.',
  'error.node-retired': 'The node[ “{node}”] is retired.',
  'error.node-retired.next': 'Bring it back with {/node unretire} first.',
  'error.node-not-retired': 'The node[ “{node}”] is not retired.',
  'error.node-not-retired.next': 'Nothing needs to be done; see {/node status}.',
  'error.node-not-in-maintenance': 'The node[ “{node}”] is not in maintenance.',
  'error.node-not-in-maintenance.next': 'Nothing needs to be done; see {/node status}.',
  'error.reason-needed': 'A node is not put into maintenance without a reason.',
  'error.reason-needed.next': 'Run the command again and say why: the team reads it in the list.',
  'error.not-allowed':
    'You may not do this[: {operation@operation} needs the level {level@access}].[ {why@not-allowed}.]',
  'error.not-allowed.next': 'Ask an admin of ocm for the role, or ask someone who has it.',
  'error.node-busy': 'Something else is being done to this node right now[: {operation@operation}].',
  'error.node-busy.next': 'Wait until it has finished and try again.',
  'error.interview-stopped': 'You stopped before the last question; nothing was written.',
  'error.interview-stopped.next': 'Run the command again.',
  'error.confirmation-needed': 'This needs a confirmation[: {operation@operation}].',
  'error.confirmation-needed.next': 'Run the command again and press the button on its card.',
  'error.confirmation-expired': 'This confirmation has expired; nothing was done.',
  'error.confirmation-expired.next': 'Run the command again.',
  'error.confirmation-used': 'This confirmation was already used.',
  'error.confirmation-used.next':
    'See {/node status} for how things stand, then run the command again if needed.',
  'error.confirmation-foreign': 'Only the person who asked can press this button.',
  'error.confirmation-foreign.next': 'Run the command yourself to get your own confirmation.',
  'error.plan-changed': 'The situation changed after you were asked, so nothing was done.',
  'error.plan-changed.next': 'Run the command again and confirm what it shows now.',
  'error.turns-running': '[{count} {count#turn is|turns are} still running; ]the node was not restarted.',
  'error.turns-running.next': 'Wait until the turns have finished, or restart without draining.',
  'error.restart-impossible': 'There is no way to restart this node[: {reason@reason}].',
  'error.restart-impossible.next':
    'Start the gateway on the machine itself, as it is run there. If a unit runs it, name it with {/node edit}.',
  'error.service-unreadable':
    'It could not be read how the gateway of the node[ “{node}”] is kept running[: {reason@reason}].',
  'error.service-unreadable.next':
    'Nothing was done. Try again when the node answers faster; see {/node status}.',
  'error.work-unreadable':
    'It could not be read what the node[ “{node}”] is working on[: {reason@reason}]; it was not restarted.',
  'error.work-unreadable.next': 'Try again, or restart without draining if its work may be interrupted.',
  'error.not-supported': 'This node does not support that[: {what}].',
  'error.not-supported.next': 'Check the OpenClaw version of the node with {/node status}.',
  'error.node-unreachable': 'The node[ “{node}”] cannot be reached over SSH[: {reason@reason}].',
  'error.node-unreachable.next': 'Check that the machine is up, and its address, port and firewall.',
  'error.auth-failed': 'The node[ “{node}”] refused the SSH login[ of {user}].',
  'error.auth-failed.next': 'Put the public key of ocm into ~/.ssh/authorized_keys of the login user.',
  'error.second-factor':
    'The node[ “{node}”] accepted the key of ocm, and then asks for a second factor[: {methods}].',
  'error.second-factor.next':
    'ocm cannot answer it. On the node, let this login in with its key alone: in sshd_config, Match User, then AuthenticationMethods publickey.',
  'error.certificate-not-valid':
    'The node[ “{node}”] refused the SSH login: the certificate of ocm is valid only[ from {from}][ until {until}].',
  'error.certificate-not-valid.next':
    'Have a new certificate signed and put it in place of the old one; ocm reads it at the next login. Check the clock of this machine.',
  'error.certificate-principal':
    'The node[ “{node}”] refused the SSH login[ of {user}]: the certificate of ocm is not for that login[ but for {principals}].',
  'error.certificate-principal.next':
    'Have the login put into the certificate (ssh-keygen -n), or name another login with {/node edit}.',
  'error.certificate-refused':
    'The node[ “{node}”] refused the SSH login[ of {user}], also with the certificate of ocm.',
  'error.certificate-refused.next':
    'Check that the node trusts the authority (TrustedUserCAKeys) and takes this login from it, or put the public key of ocm into ~/.ssh/authorized_keys of the login user.',
  'error.hardware-key-unused':
    'The node[ “{node}”] refused the SSH login[ of {user}], and ocm cannot log in with the FIDO key of the agent: it wants a touch for each login.',
  'error.hardware-key-unused.next':
    'Give ocm a key of its own, without hardware, and put it into ~/.ssh/authorized_keys of the login user.',
  'error.key-unusable': 'The SSH key of ocm cannot be used[: {why@key-problem}].',
  'error.key-unusable.next': 'Check the key file, its passphrase and the SSH agent in the settings of ocm.',
  'error.key-restricted':
    'The SSH key of ocm may not do this[ on {node}]: it is restricted to looking, logs and restarts.',
  'error.key-restricted.next':
    'Name the full key for this one command of the shell: OCM_SSH_FULL_KEY=~/.ssh/ocm-full ocm …',
  'error.forwarding-refused': 'The SSH server of the node[ “{node}”] lets no port be forwarded from it.',
  'error.forwarding-refused.next': 'Allow it in sshd_config there: AllowTcpForwarding yes or remote.',
  'error.kex-unsupported':
    'The SSH server of the node[ “{node}”] allows no key exchange or cipher that ocm has.',
  'error.kex-unsupported.next':
    'Allow curve25519-sha256 in KexAlgorithms of sshd_config on the node, as ocm has no post-quantum key exchange; update an old server.',
  'error.connection-lost': 'The connection[ to “{node}”] broke before the result was known.',
  'error.connection-lost.next': 'Look at {/node status} before trying again: the work may have been done.',
  'error.deadline':
    'There was no answer[ from “{node}”] in time[ ({ms:duration})][ ({seconds:seconds})]; the result is unknown.',
  'error.deadline.next': 'Look at {/node status} before trying again: the work may still be going on.',
  'error.output-limit': 'The node[ “{node}”] sent more than ocm accepts[ ({bytes:bytes})].',
  'error.output-limit.next': 'Ask for less, for example fewer lines.',
  'error.remote-command-failed': 'A command on the node[ “{node}”] failed[ (exit code {exitCode:digits})].',
  'error.remote-command-failed.next': 'Read the output below, then {/node logs}.',
  'error.cancelled': 'The work was stopped before it ended; its result is unknown.',
  'error.cancelled.next': 'Look at {/node status}, then run it again if needed.',
  'error.gateway-unreachable': 'The OpenClaw gateway[ of “{node}”] does not answer[: {reason@reason}].',
  'error.gateway-unreachable.next':
    'See {/node status} for the reason. {/node restart} starts a gateway that is down; one that is busy answers again by itself, and a restart would end its work.',
  'error.gateway-auth-failed': 'The OpenClaw gateway[ of “{node}”] did not accept its token.',
  'error.gateway-auth-failed.next': 'Check gateway.auth in the OpenClaw configuration of the node.',
  'error.gateway-protocol': 'The OpenClaw gateway[ of “{node}”] speaks a protocol that ocm does not know.',
  'error.gateway-protocol.next': 'Update OpenClaw on the node, or ocm.',
  'error.gateway-refused': 'The OpenClaw gateway[ of “{node}”] refused the request[ {method}][ ({code})].',
  'error.gateway-refused.next': 'Read its answer below and check the version of OpenClaw.',
  'error.backup-impossible': 'The node[ “{node}”] cannot be backed up[: {why@backup-problem}].',
  'error.backup-impossible.next':
    'Mend the cause on the node, then run the backup again. Nothing was left there.',
  'error.backup-torn': 'The backup[ of “{node}”] broke off before the node had told that it was whole.',
  'error.backup-torn.next': 'Nothing of it counts as a backup. Run it again.',
  'error.archive-refused': 'What the node[ “{node}”] sent is not taken as a backup[: {why@archive-problem}].',
  'error.archive-refused.next': 'Nothing of it was kept. Look at the entry below on the node.',
  'error.unknown-backup': 'There is no backup[ “{backup}”].',
  'error.unknown-backup.next': 'List the backups and name one of them.',
  'error.backup-damaged': 'The backup[ “{backup}”] is damaged in the store of ocm.',
  'error.backup-damaged.next':
    'Use another backup, and make a new one. Check the disk of the machine that runs ocm.',
  'error.backup-key-needed':
    'The backup[ “{backup}”] is encrypted, and no private key that opens it is here. Nothing was done.',
  'error.backup-key-needed.next':
    'Put the file with the key on this machine, mode 0600, name it in OCM_BACKUP_IDENTITY_FILE, and run it again. Or decrypt by hand: docs/backup.md.',
  'error.backup-key-unusable':
    'The file with the private keys of backups[, {path},] cannot be used[: {why@identity-problem}]. Nothing was done.',
  'error.backup-key-unusable.next':
    'It has to be readable, of mode 0600, and hold a line AGE-SECRET-KEY-1…; the setting is OCM_BACKUP_IDENTITY_FILE.',
  'error.backup-last-good': 'The backup[ “{backup}”] is the last good one of its node and is not deleted.',
  'error.backup-last-good.next': 'Make a new backup first.',
  'error.backup-disk-floor':
    'The disk for backups would be left with too little room[: {free} free, {floor} are to stay free].',
  'error.backup-disk-floor.next': 'Free space on the machine that runs ocm, or delete old backups.',
  'error.id-mistyped': 'What was typed is not the id of the node[ “{node}”].',
  'error.id-mistyped.next': 'Type the whole id, as {/node list} shows it. Nothing was done.',
  'error.decommission-impossible':
    'The node[ “{node}”] cannot be decommissioned[: {why@decommission-problem}].',
  'error.decommission-impossible.next':
    'Nothing was changed. Remove the cause, or take the node out of service with {/node retire}.',
  'error.restore-impossible':
    'The node[ “{node}”] cannot be restored from this backup[: {why@restore-problem}].',
  'error.restore-impossible.next':
    'Nothing was changed. Mend the cause, or choose another backup with {/node backups}.',
  'error.restore-torn': 'The restore[ of “{node}”] broke off before anything was stopped or replaced.',
  'error.restore-torn.next': 'The node is as it was. Run it again; what was brought there is removed.',
  'error.restore-settled':
    'An earlier restore[ of “{node}”] had been cut in the middle. The state from before it is in its place again, and its gateway was started; this restore was not begun.',
  'error.restore-settled.next':
    'Look at {/node status}, then restore again: the plan is made for what is there now.',
  'error.restore-unsettled':
    'An earlier restore[ of “{node}”] had been cut in the middle, and whether it was taken back is not known.',
  'error.restore-unsettled.next':
    'The gateway may be stopped. Its state from before lies beside its place as ….before-restore-…. Once the node answers, run {/node restore} again: it first takes that back.',
  'error.update-impossible':
    'The node[ “{node}”] cannot be updated[: {why@update-problem}][ ({from} → {to})].',
  'error.update-impossible.next': 'Nothing was changed. Mend the cause, then update again.',
  'error.update-torn': 'The update[ of “{node}”] broke off before the gateway was stopped.[ {why@add-fault}]',
  'error.update-torn.next':
    'The node runs what it ran. Run it again; what was brought there already is used.',
  'error.openclaw-missing': 'OpenClaw was not found on the node[ “{node}”].',
  'error.openclaw-missing.next': 'Install OpenClaw for the login user, or correct the OpenClaw path.',
  'error.service-impossible': 'ocm cannot be made a service here: {why@service-problem}[ ({file})].',
  'error.service-impossible.next': '{why@service-remedy}',
  'error.service-failed': '“{command}” failed.',
  'error.service-failed.next': 'Read what it says, mend it, and run “ocm service install” again.',
  'error.registry-damaged': 'The registry file[ {file}] is damaged[: {problem@problem}].',
  'error.registry-damaged.next': 'Restore it from its last good copy[, {backup}].',
  'error.registry-newer':
    'The registry file[ {file}] was written by a newer ocm[ (version {version:digits})].',
  'error.registry-newer.next': 'Update ocm, or restore the copy that belongs to this version.',
  'error.registry-locked': 'The registry is being written by another process.',
  'error.registry-locked.next': 'Try again in a moment.',
  'error.registry-edited': 'The registry file was edited at the same time, and the edit is not valid.',
  'error.registry-edited.next': 'Have an admin correct the registry file and try again.',
  'error.registry-write-failed':
    'The registry could not be written; nothing was changed[: {problem@problem}].',
  'error.registry-write-failed.next': 'Check disk space and permissions on the machine that runs ocm.',
  'error.known-hosts-unreadable': 'The known_hosts file[ {file}] cannot be used[: {problem@problem}].',
  'error.known-hosts-unreadable.next': 'Name a known_hosts file of OpenSSH, for example ~/.ssh/known_hosts.',
  'error.audit-copy-unreadable': 'The copy “{file}” cannot be read ({code}).',
  'error.audit-copy-unreadable.next': 'Name a file that this user can read, as ocm audit export writes it.',
  'error.import-unreadable': 'The file[ {file}] cannot be imported[: {problem@problem}].',
  'error.import-unreadable.next':
    'Give a nodes-registry.json of the former tool, or an ssh_config with the option for it.',
  'error.state-damaged': 'A state file of ocm[, {file},] is damaged[: {problem@problem}].',
  'error.state-damaged.next':
    'Start ocm again: it sets a damaged database aside and keeps what can still be read. A damaged key file must be moved away first; ocm then makes a new one. The registry is not affected.',
  'error.data-read-only': 'ocm may not write its data folder[: {file}].',
  'error.data-read-only.next':
    'Give the user who runs ocm write access to the folder in OCM_DATA_DIR, or name another folder there.',
  'error.data-disk-full': 'The disk that holds the data folder of ocm is full; nothing was changed.',
  'error.data-disk-full.next': 'Free space on it, then try again. ocm goes on by itself once there is room.',
  'error.data-unreachable': 'The data of ocm[, {file},] could not be read or written.',
  'error.data-unreachable.next': 'Check the disk of the machine that runs ocm, then run “ocm doctor”.',
  'error.data-busy': 'Another process has kept the data of ocm busy for too long.',
  'error.data-busy.next': 'Try again in a moment. If it stays like this, look for an ocm that hangs.',
  'error.data-newer': 'The data of ocm[, {file},] were written by a newer ocm.',
  'error.data-newer.next': 'Update ocm, or name another data folder in OCM_DATA_DIR.',
  'error.config-invalid': 'The settings of ocm are not valid[: {problem@problem}].',
  'error.config-invalid.next': 'Correct them and start ocm again.',
  'error.internal': 'Something broke inside ocm. It is not your mistake.',
  'error.internal.next': 'Give the error id to whoever runs ocm; the log holds the details.',
  'error.offsite-off': 'No off-site target for copies of backups is set up.',
  'error.offsite-off.next': 'Set OCM_OFFSITE_BUCKET and the settings beside it.',
  'error.offsite-failed': 'The off-site target[ {target}] cannot be used[: {why@offsite-problem}].',
  'error.offsite-failed.next':
    'The backups here are as they were. Check the target and the settings OCM_OFFSITE_…, then try again.',
  'error.unknown-copy': 'The off-site target has no copy[ “{backup}”] of this node.[ It has {known}.]',
  'error.unknown-copy.next': 'Name one that it has, or make one with {/backup copy}.',
  'error.download-not-encrypted':
    'A backup holds the secrets of its node, so it goes through a channel only encrypted.',
  'error.download-not-encrypted.next':
    'Set OCM_BACKUP_RECIPIENTS to public keys of age, or run {/node backup-download} in a shell on the machine of ocm.',
  'error.bad-recipient': 'This is no public key of age[: {recipient}].',
  'error.bad-recipient.next': 'It begins with age1 and is printed by age-keygen. Copy all of it.',
  'error.archive-too-large': 'The file would be larger than {limit:bytes}, which is all that can be sent.',
  'error.archive-too-large.next': 'Run {/node backup-download} in a shell on the machine of ocm.',
  'error.output-exists': 'The file “{file}” exists and is not written over.',
  'error.output-exists.next': 'Name another one, or move it away.',
  'error.output-unwritable': 'The file “{file}” could not be written[ ({code})].',
  'error.output-unwritable.next':
    'Name a file in a folder that exists and that you may write to, on a disk with room.',
  'error.no-nodes': 'There is no node[ with the tag “{tag}”] to do this to.[ Did you mean “{near}”?]',
  'error.no-nodes.next': 'Look at the list of nodes and their tags.',
  'error.nodes-left-out':
    'Of the {total} {total#node|nodes}[ with the tag “{tag}”] none is left to do this to. {names}: {left@left-out}[ ({reason@reason})][ ({from} → {to})].[ Others: {others}.]',
  'error.nodes-left-out.next':
    'Nothing was done. Ask for one of them alone to be told what stands against it.',
  'error.turns-would-end': 'The restart would end turns that are running on “{node}”, so it was left alone.',
  'error.turns-would-end.next':
    'Wait until they are over, or restart that node by itself with {/node restart}.',
  'error.unknown-token': 'There is no token[ “{token}”].',
  'error.unknown-token.next': 'See {/token list} for the ids.',
} as const satisfies Record<`error.${ErrorCode}` | `error.${ErrorCode}.next`, string>
