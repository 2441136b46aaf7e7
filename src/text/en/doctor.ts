const discord = {
  'doctor.discord.token-valid': 'the token is that of {bot}',
  'doctor.discord.token-refused': 'Discord refuses DISCORD_TOKEN',
  'doctor.discord.api-unreachable': 'Discord cannot be asked: {problem}',
  'doctor.discord.guild-found': 'the bot is in the server {guild}',
  'doctor.discord.guild-missing': 'the bot is not in the server {guild}',
  'doctor.discord.channel-found': 'the bot sees the channel {channel}',
  'doctor.discord.channel-missing': 'the bot does not see the channel {channel}',
  'doctor.discord.channel-elsewhere': 'the channel {channel} belongs to another server',
  'doctor.discord.channel-unfit': 'the channel {channel} is not a text channel',
  'doctor.discord.permissions-complete': 'the bot may do all that it needs in {channel}',
  'doctor.discord.permissions-missing': 'the bot lacks permissions in {channel}: {permissions}',
  'doctor.discord.role-callable': 'critical alerts call the role {role}',
  'doctor.discord.role-missing': 'the role {role} of OCM_ALERT_ROLE is not on the server',
  'doctor.discord.role-silent': 'the role {role} hears nothing when ocm calls it: nobody would be called',
  'doctor.discord.log-in-ready': 'people can sign in to the page with Discord',
  'doctor.discord.client-secret-refused': 'Discord refuses OCM_DISCORD_CLIENT_SECRET',
  'doctor.discord.redirect-missing': 'Discord does not send people back to {redirect}',
  'doctor.discord.commands-registered': '{count} {count#command group is|command groups are} registered',
  'doctor.discord.commands-differ': 'the registered commands are not those of this version: {changes}',
  'doctor.discord.commands-unreadable': 'the commands of the bot cannot be read',
} as const

/** What ocm doctor finds, and how it is mended. */
export const doctor = {
  ...discord,
  'doctor.discord.token-refused.mend':
    'Press Reset Token on the Bot page of the Discord developer portal and set DISCORD_TOKEN to the new one.',
  'doctor.discord.api-unreachable.mend': 'Check the network, a proxy and DISCORD_API_URL.',
  'doctor.discord.guild-missing.mend':
    'Check DISCORD_GUILD_ID, or let the owner of the application invite the bot: {invite}',
  'doctor.discord.channel-missing.mend': 'Check DISCORD_CHANNEL_ID, or add the bot to the private channel.',
  'doctor.discord.channel-elsewhere.mend':
    'Set DISCORD_CHANNEL_ID to a channel of the server DISCORD_GUILD_ID.',
  'doctor.discord.channel-unfit.mend': 'Set DISCORD_CHANNEL_ID to a text channel.',
  'doctor.discord.permissions-missing.mend':
    'Give them to the role of the bot in the settings of the channel, or invite it again: {invite}',
  'doctor.discord.role-missing.mend':
    'Set OCM_ALERT_ROLE to the id of a role of the server, or leave it out.',
  'doctor.discord.role-silent.mend':
    'Allow anyone to mention the role (Server Settings, Roles), or let the bot mention all roles.',
  'doctor.discord.client-secret-refused.mend': 'Copy the client secret anew: Developer Portal, OAuth2.',
  'doctor.discord.redirect-missing.mend': 'Add exactly this address: Developer Portal, OAuth2, Redirects.',
  'doctor.discord.commands-differ.mend': 'Start the bot of this version: it registers what differs.',
  'doctor.discord.commands-unreadable.mend':
    'Invite the bot again with the scopes bot and applications.commands.',
  'doctor.area.settings': 'Settings',
  'doctor.area.data': 'Data folder',
  'doctor.area.registry': 'Registry',
  'doctor.area.ssh': 'SSH',
  'doctor.area.discord': 'Discord',
  'doctor.area.nodes': 'Nodes',
  'doctor.sum':
    '{problems} {problems#problem|problems}, {warnings} {warnings#warning|warnings}, {ok} in order',
  'doctor.settings-valid': 'every setting is valid',
  'doctor.skipped-settings': 'not examined: the settings must be valid first',
  'doctor.skipped-discord':
    'not examined: DISCORD_TOKEN, DISCORD_GUILD_ID and DISCORD_CHANNEL_ID are not all set',
  'doctor.skipped-registry': 'not examined: the registry must be valid first',
  'doctor.skipped-ssh': 'not examined: SSH must be usable first',
  'doctor.data-missing': '{folder} does not exist yet',
  'doctor.data-missing.mend':
    'Nothing to do: it is made with the first use. Check OCM_DATA_DIR if that is a surprise.',
  'doctor.data-no-folder': '{folder} is not a folder',
  'doctor.data-no-folder.mend': 'Set OCM_DATA_DIR to a folder.',
  'doctor.data-open': 'other users may look into {folder}',
  'doctor.data-open.mend': 'chmod 700 {folder}',
  'doctor.data-read-only': 'ocm cannot write into {folder}',
  'doctor.data-read-only.mend': 'Give the folder to the user that runs ocm, or set OCM_DATA_DIR.',
  'doctor.files-foreign':
    '{count} {count#file|files} in {folder} lead elsewhere or belong to another user: {files}',
  'doctor.files-foreign.mend': 'Put the files themselves there, and give them to the user of ocm: chown.',
  'doctor.registry-open': 'other users may write {file}',
  'doctor.registry-open.mend':
    'chown it to the user of ocm and chmod 600: whoever writes it decides which machine ocm logs into.',
  'doctor.fingerprint-foreign': 'the fingerprint of a pinned host key is not that of the key',
  'doctor.fingerprint-foreign.mend':
    'Approve the host key anew with {/node trust}; the key counts, not the fingerprint.',
  'doctor.files-open': 'other users may read {count} {count#file|files} in {folder}: {files}',
  'doctor.files-open.mend': 'chmod 600 the named files; ocm itself makes them so.',
  'doctor.data-well': '{folder} is writable and closed to other users',
  'doctor.store-sound':
    '{file} is sound: {size:bytes}, and {log:bytes} in its log[, written back {ago:duration} ago]',
  'doctor.store-damaged': '{file} is damaged',
  'doctor.store-damaged.mend':
    'Start ocm again: it sets the file aside and takes what can still be read into a new one. The registry is not affected. Check the disk.',
  'doctor.store-waiting': '{file} met damage and is not replaced yet',
  'doctor.store-waiting.mend': 'Start ocm again: it replaces the file and keeps what can still be read.',
  'doctor.store-log-large': 'the log of {file} has grown to {log:bytes}: it is not written back',
  'doctor.store-log-large.mend':
    'Restart the bot, and end other ocm processes that hang. If it grows again, check the disk.',
  'doctor.store-set-aside':
    '{count} {count#record|records} of {file} did not fit and {count#was|were} set aside',
  'doctor.store-set-aside.mend':
    'Nothing to do: they are kept for 90 days in its table quarantine, for whoever looks into the cause.',
  'doctor.store-copies': '{count} damaged {count#copy|copies} of {file} {count#lies|lie} in the data folder',
  'doctor.store-copies.mend': 'Delete the files {file}.damaged-* once nothing is missed.',
  'doctor.registry-empty': 'no nodes are registered yet',
  'doctor.registry-empty.mend':
    'Register one with {/node register}, or bring an old file with {/registry import}.',
  'doctor.registry-mounted': 'the registry is a single file that is mounted here: no change can be saved',
  'doctor.registry-mounted.mend': 'Mount its folder instead, and let OCM_REGISTRY name the file inside it.',
  'doctor.registry-valid': 'valid: {nodes} {nodes#node|nodes}, {retired} of them retired',
  'doctor.registry-damaged': '{file} cannot be used: {problem@problem}',
  'doctor.registry-damaged-at':
    '{file} cannot be used: {problem@problem} (line {line:digits}, column {column:digits}[, {where}])',
  'doctor.registry-damaged.mend':
    'Correct the place, or restore the last good copy that lies beside the file; then run {/registry check}.',
  'doctor.node-without-key': 'no approved host key',
  'doctor.node-without-key.mend': 'Approve it with {/node trust}, or many at once with {/registry approve}.',
  'doctor.ssh-unusable': 'there is no key to log in with: {why@key-problem}',
  'doctor.ssh-unusable.mend':
    'Set OCM_SSH_KEY to a private key (OCM_SSH_KEY_PASSPHRASE if it is encrypted), or start an agent that holds one.',
  'doctor.ssh-key': 'key file {type} {fingerprint}',
  'doctor.certificate': 'the certificate of the key is valid[ until {until}][, for {principals}]',
  'doctor.certificate-not-valid': 'the certificate of the key is valid only from {from}[ until {until}]',
  'doctor.certificate-not-valid.mend':
    'Have a new one signed and put it in place of the old one, and check the clock of this machine.',
  'doctor.certificate-strange': 'the certificate that lies ready is not one of the key file',
  'doctor.certificate-strange.mend':
    'Let OCM_SSH_CERTIFICATE name the certificate that ssh-keygen -s wrote for the key of OCM_SSH_KEY.',
  'doctor.ssh-key-open': 'other users may read the private key',
  'doctor.ssh-key-open.mend': 'chmod 600 the file that OCM_SSH_KEY names.',
  'doctor.ssh-agent': 'the agent answers and holds a usable key',
  'doctor.known-hosts': 'known_hosts can be read',
  'doctor.known-hosts-unset': 'no known_hosts file is set: new host keys are always asked for',
  'doctor.known-hosts-unreadable': 'the known_hosts file cannot be read',
  'doctor.known-hosts-unreadable.mend': 'Check the path in OCM_KNOWN_HOSTS, or leave it out.',
  'doctor.known-hosts-lines': '{count} {count#line|lines} of known_hosts cannot be read',
  'doctor.known-hosts-lines.mend': 'Look at the file with ssh-keygen -lf and remove what is not an entry.',
  'doctor.no-nodes': 'there are no nodes to look at',
  'doctor.node-well': 'connects, its host key is the approved one, the gateway serves[; OpenClaw {version}]',
  'key-problem.none-configured': 'neither a key file nor an SSH agent is set',
  'key-problem.file-missing': 'the key file does not exist',
  'key-problem.file-unreadable': 'the key file cannot be read',
  'key-problem.not-a-private-key': 'the file is not a private key',
  'key-problem.passphrase-needed': 'the key is encrypted and no passphrase is set',
  'key-problem.passphrase-wrong': 'the passphrase is wrong',
  'key-problem.agent-unreachable': 'the SSH agent cannot be reached',
  'key-problem.agent-silent': 'the SSH agent does not answer',
  'key-problem.agent-empty': 'the SSH agent holds no key',
  'key-problem.agent-only-hardware-key':
    'the SSH agent holds FIDO keys alone, which want a touch for each login',
  'key-problem.identity-not-in-agent': 'the SSH agent does not hold the key of the file',
  'doctor.jump.mend':
    'Check that the jump host is up, lets ocm in and forwards. Its host key is approved with {/node trust}, or {/node jump} where a tag has it.',
  'doctor.api-off': 'there is no HTTP API: OCM_HTTP_LISTEN is not set',
  'doctor.api-on': 'the HTTP API listens on {address} while the bot runs',
} as const
