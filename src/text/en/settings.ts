import type { ConfigProblemCode } from '../../settings/config-error.ts'

/** What is wrong or doubtful about a setting, read after its name, and how to correct it. */
export const settings = {
  'setting.line': '{name} {problem}. {hint}',
  'setting.token-unset': 'is not set',
  'setting.token-unset.next': 'Copy it from the Bot page of the Discord developer portal.',
  'setting.guild-unset': 'is not set',
  'setting.guild-unset.next':
    'It is the id of your server: right-click the server in Discord with developer mode on.',
  'setting.channel-unset': 'is not set',
  'setting.channel-unset.next':
    'It is the id of the channel for alerts: right-click the channel in Discord with developer mode on.',
  'setting.not-a-token': 'does not look like a bot token',
  'setting.not-a-token.next': 'Copy it from the Bot page of the Discord developer portal.',
  'setting.not-an-id': 'is not a Discord id',
  'setting.not-an-id.next': 'It is 17 to 20 digits; copy it in Discord with developer mode on.',
  'setting.not-a-file-or-address': 'is neither the absolute path of a file nor a web address',
  'setting.not-a-file-or-address.next':
    'Write a path such as /mnt/log/ocm-audit.jsonl, or an address that begins with https://.',
  'setting.not-a-registry': 'is not the address of a registry',
  'setting.not-a-registry.next':
    'Write it with https:// and without a password, or none; http:// is for one on this machine.',
  'setting.address-with-login':
    'has a user name or a password in it, and no request can be sent to such an address',
  'setting.address-with-login.next':
    'Write it without them. A secret belongs into the path or the query, as the service that takes the requests hands it out.',
  'setting.not-an-address': 'is not a web address',
  'setting.not-an-address.next':
    'Write it whole, with https:// or http:// in front; leave it out for what is usual.',
  'setting.not-a-span': 'is not a span of time',
  'setting.not-a-span.next': 'Write it as 22:00-07:00, in the time of OCM_TIME_ZONE; leave it out for none.',
  'setting.not-a-time': 'is not a time of day',
  'setting.not-a-time.next': 'Write it as 08:00, in the time of OCM_TIME_ZONE; or none.',
  'setting.not-a-retention': 'does not say which backups to keep',
  'setting.not-a-retention.next':
    'Write it as last=3,daily=7,weekly=4,monthly=6, each 0 to 1000 and one of them at least 1; or all to keep every backup.',
  'setting.not-a-number': 'is not a whole number',
  'setting.not-a-number.next':
    'Use {min:digits} to {max:digits} {unit@setting.unit}, digits only; leave it out for {fallback:digits}.',
  'setting.out-of-range': 'is out of range',
  'setting.out-of-range.next':
    'Use {min:digits} to {max:digits} {unit@setting.unit}, digits only; leave it out for {fallback:digits}.',
  'setting.not-a-choice': 'is not one of the choices',
  'setting.not-a-choice.next': 'Use one of: {choices}.',
  'setting.grant-unreadable': 'cannot be read at entry {entry:digits}',
  'setting.grant-unreadable.next':
    'Separate with commas: role:ID, user:ID or everyone, each with @tag or @tag+tag to limit it to tagged nodes.',
  'setting.file-unreadable': 'names a file that cannot be read',
  'setting.file-unreadable.next': 'Check the path and its permissions.',
  'setting.unknown-name': 'is not a setting',
  'setting.unknown-name.next': 'See .env.example for the names.',
  'setting.nobody-allowed': 'is not set, so nobody may use the bot',
  'setting.nobody-allowed.next': 'Name at least one role or user, for example user:123456789012345678.',
  'setting.no-key': 'is not set, and there is no SSH agent either',
  'setting.no-key.next': 'Set it to the path of a private key, or start ocm with an SSH agent.',
  'setting.no-admin': 'is not set, so nobody may approve host keys or change who is watched',
  'setting.no-admin.next': 'Name at least one role or user, for example user:123456789012345678.',
  'setting.not-people': 'cannot be read at entry {entry:digits}',
  'setting.not-people.next': 'Write it as ada=discord:1234…+cli:ada, ben=discord:5678…; each identity once.',
  'setting.not-tag-keys': 'cannot be read at entry {entry:digits}',
  'setting.not-tag-keys.next': 'Write it as prod=~/.ssh/ocm-prod, eu=~/.ssh/ocm-eu; each tag once.',
  'setting.not-a-zone': 'is not a time zone',
  'setting.not-a-zone.next':
    'Use a name of the IANA database, for example Europe/Berlin or Asia/Tokyo; leave it out for UTC.',
  'setting.env-file-missing': 'does not exist in this folder',
  'setting.env-file-missing.next': 'Run ocm init, which makes one, or set everything in the environment.',
  'setting.env-file-foreign': 'is not read: it belongs to another user, or others may change it',
  'setting.env-file-foreign.next': 'Make it yours and run chmod 600 .env, or name it with --settings.',
  'setting.env-file-open': 'can be read by other users of this machine',
  'setting.env-file-open.next': 'Run chmod 600 on it: it holds secrets.',
  'setting.not-a-folder': 'does not name a folder: {folder}',
  'setting.not-a-folder.next': 'Set it to a folder.',
  'setting.folder-not-writable': 'names a folder that ocm cannot write into: {folder}',
  'setting.folder-not-writable.next':
    'Give it to the user that runs ocm (chown, chmod u+rwx), mount it writable, or name another one.',
  'setting.quota-used-up': 'names a folder in which this user has used up the disk quota: {folder}',
  'setting.quota-used-up.next': 'Have the quota raised, free space of this user, or name another folder.',
  'setting.disk-full': 'names a folder on a disk that is full: {folder}',
  'setting.disk-full.next': 'Free space there, or name another folder.',
  'setting.file-mounted':
    'is a single file that is mounted here: it cannot be replaced, so no change could be saved',
  'setting.file-mounted.next': 'Mount its folder instead, and let OCM_REGISTRY name the file inside it.',
  'setting.key-unusable': 'cannot be used: {why@key-problem}',
  'setting.key-unusable.next':
    'Set it to a private key that this user can read (OCM_SSH_KEY_PASSPHRASE if it is encrypted).',
  'setting.folder-in-use': 'Another ocm is running on this data folder[ (process {pid:digits})].',
  'setting.unit.milliseconds': 'milliseconds',
  'setting.unit.nodes': 'nodes',
  'setting.unit.connections': 'connections',
  'setting.unit.megabytes': 'megabytes',
  'setting.not-a-recipient': 'names something that is no public key of age',
  'setting.not-a-recipient.next':
    'Give keys that begin with age1, separated by commas, for example those that age-keygen prints.',
  'setting.not-a-listen-address': 'is no address to listen on',
  'setting.not-a-listen-address.next':
    'Write a port such as 8377, or address:port such as 127.0.0.1:8377 or [::1]:8377.',
  'setting.not-a-node': 'is no id of a node',
  'setting.not-a-node.next':
    'Write the id of a node as {/node list} shows it, or own for the node of each backup.',
  'setting.not-a-host-name': 'has a name that is no host',
  'setting.not-a-host-name.next':
    'Write names without a port, separated by commas, for example ocm.example.com.',
  'setting.not-a-bucket': 'is not the name of a bucket',
  'setting.not-a-bucket.next': 'Write the name alone, such as team-backups; leave it out for no copies.',
  'setting.not-a-prefix': 'is not a folder in a bucket',
  'setting.not-a-prefix.next': 'Write letters, digits, dots, - and _, with / between folders.',
  'setting.not-a-region': 'is not the name of a region',
  'setting.not-a-region.next': 'Write it as the provider does, such as eu-central-1.',
  'setting.not-a-key': 'is not an access key or a secret',
  'setting.not-a-key.next': 'Copy it whole; it has no spaces.',
  'setting.offsite-key-unset': 'is not set, but OCM_OFFSITE_BUCKET is',
  'setting.offsite-key-unset.next': 'Make an access key for that bucket alone and set both of its parts.',
  'setting.offsite-plain': 'sends backups without encryption to another machine',
  'setting.offsite-plain.next': 'Use an address that begins with https://.',
  'setting.http-open': 'opens the API to other machines, without encryption',
  'setting.http-open.next': 'Let it listen on 127.0.0.1 and put a proxy with TLS in front of it.',
  'setting.not-a-client-secret': 'is no client secret of an application',
  'setting.not-a-client-secret.next':
    'Copy it from the Developer Portal: your application, OAuth2, Client Secret.',
  'setting.log-in-without-page': 'lets people sign in to a page that is not served',
  'setting.log-in-without-page.next': 'Set OCM_HTTP_LISTEN too, or leave it out.',
  'setting.metrics-open': 'opens the metrics to other machines, without a log-in',
  'setting.metrics-open.next': 'Let it listen on 127.0.0.1, or let only the scraper through to it.',
} as const satisfies Record<
  | `setting.${ConfigProblemCode}`
  | `setting.${ConfigProblemCode}.next`
  | `setting.unit.${string}`
  | 'setting.line'
  | 'setting.folder-in-use',
  string
>
