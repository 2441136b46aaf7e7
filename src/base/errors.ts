/**
 * How a failed call ends: the CLI maps each kind to its own exit code, HTTP to a status. `stopped`: somebody stopped it before
 * it changed anything.
 */
export type FailureKind = 'usage' | 'refused' | 'stopped' | 'failed' | 'unknown' | 'internal'

/**
 * Every way in which ocm says no. The list is closed: each code has a message and a next step in every language
 * (`error.<code>` and `error.<code>.next` in src/text) with the parameters named there.
 */
export const ERROR_CODES = {
  // what was asked
  'invalid-input': 'usage',
  'unknown-node': 'usage',
  'no-nodes': 'usage',
  'unknown-operation': 'usage',
  'node-exists': 'usage',
  'address-exists': 'usage',
  'unknown-session': 'usage',
  'unknown-incident': 'usage',
  'unknown-token': 'usage',
  'nothing-to-change': 'usage',
  'nothing-to-fix': 'refused',
  'id-mistyped': 'usage',
  'unknown-addition': 'usage',
  'addition-unfinished': 'refused',
  'secret-missing': 'refused',
  'secret-open': 'refused',
  'incident-over': 'refused',
  'rules-contradict': 'usage',
  'node-retired': 'refused',
  'node-not-retired': 'refused',
  'node-not-in-maintenance': 'refused',
  'reason-needed': 'usage',
  'not-allowed': 'refused',
  'node-busy': 'refused',
  'nodes-left-out': 'refused',
  'turns-would-end': 'refused',
  'interview-stopped': 'refused',
  'confirmation-needed': 'refused',
  'confirmation-expired': 'refused',
  'confirmation-used': 'refused',
  'confirmation-foreign': 'refused',
  'plan-changed': 'refused',
  'approval-needed': 'refused',
  'approval-over': 'refused',
  'approval-decided': 'refused',
  'approval-own': 'refused',
  'approval-foreign': 'refused',
  'approval-person-unknown': 'refused',
  'approver-unread': 'failed',
  'unknown-approval': 'usage',
  'turns-running': 'refused',
  'restart-impossible': 'refused',
  'service-unreadable': 'failed',
  'work-unreadable': 'failed',
  'sessions-unreadable': 'failed',
  'no-remedy': 'refused',
  'bot-exists': 'usage',
  'unknown-bot': 'usage',
  'bot-kept': 'refused',
  'workspace-refused': 'refused',
  'binding-taken': 'refused',
  'config-elsewhere': 'refused',
  'not-supported': 'refused',
  'not-here': 'refused',
  // reaching a node
  'node-unreachable': 'failed',
  'auth-failed': 'failed',
  'second-factor': 'failed',
  'certificate-not-valid': 'failed',
  'certificate-principal': 'failed',
  'certificate-refused': 'failed',
  'hardware-key-unused': 'failed',
  'key-unusable': 'failed',
  'key-restricted': 'refused',
  'host-key-unknown': 'refused',
  'host-key-changed': 'refused',
  'host-key-differs': 'refused',
  'host-key-taken': 'refused',
  'kex-unsupported': 'failed',
  'forwarding-refused': 'failed',
  'connection-lost': 'unknown',
  deadline: 'unknown',
  'output-limit': 'failed',
  'remote-command-failed': 'failed',
  cancelled: 'unknown',
  // stopped on the way, before anything was changed
  stopped: 'stopped',
  'backup-stopped': 'stopped',
  'decommission-stopped': 'stopped',
  'restore-stopped': 'stopped',
  'update-stopped': 'stopped',
  // the gateway
  'gateway-unreachable': 'failed',
  'gateway-auth-failed': 'failed',
  'gateway-protocol': 'failed',
  'gateway-refused': 'failed',
  'openclaw-missing': 'failed',
  // backups
  'backup-impossible': 'failed',
  'backup-torn': 'failed',
  'archive-refused': 'failed',
  'unknown-backup': 'usage',
  'backup-damaged': 'failed',
  'backup-last-good': 'refused',
  'backup-key-needed': 'refused',
  'backup-key-unusable': 'refused',
  'backup-disk-floor': 'refused',
  'offsite-off': 'refused',
  'offsite-failed': 'failed',
  'unknown-copy': 'usage',
  'download-not-encrypted': 'refused',
  'bad-recipient': 'usage',
  'archive-too-large': 'refused',
  'output-exists': 'usage',
  'output-unwritable': 'failed',
  'decommission-impossible': 'refused',
  'restore-impossible': 'refused',
  'restore-torn': 'failed',
  'restore-settled': 'failed',
  'restore-unsettled': 'unknown',
  'update-impossible': 'refused',
  'update-torn': 'failed',
  // the service manager of this machine
  'service-impossible': 'refused',
  'service-failed': 'failed',
  // our own state
  'registry-damaged': 'failed',
  'registry-newer': 'failed',
  'registry-locked': 'failed',
  'registry-edited': 'failed',
  'registry-write-failed': 'failed',
  'import-unreadable': 'usage',
  'known-hosts-unreadable': 'usage',
  'audit-copy-unreadable': 'usage',
  'state-damaged': 'failed',
  'data-read-only': 'failed',
  'data-disk-full': 'failed',
  'data-unreachable': 'failed',
  'data-busy': 'failed',
  'data-newer': 'failed',
  'run-interrupted': 'unknown',
  // a request over HTTP
  'request-malformed': 'usage',
  'body-unreadable': 'usage',
  'body-type': 'usage',
  'body-too-large': 'usage',
  'unknown-route': 'usage',
  'method-refused': 'usage',
  'unknown-run': 'usage',
  'run-goes-on': 'refused',
  'key-reused': 'usage',
  'not-signed-in': 'refused',
  'link-over': 'refused',
  'discord-log-in-over': 'refused',
  'discord-no-role': 'refused',
  'roles-unknown': 'failed',
  'web-off': 'refused',
  'host-refused': 'refused',
  'cross-site': 'refused',
  'too-many-requests': 'refused',
  'shutting-down': 'refused',
  'config-invalid': 'usage',
  internal: 'internal',
} as const satisfies Record<string, FailureKind>

/** One of the keys of {@link ERROR_CODES}. */
export type ErrorCode = keyof typeof ERROR_CODES

/** Values for the placeholders of an error's text. Never a secret, a stack or a path of the bot's machine. */
export type ErrorParams = Record<string, string | number>

/**
 * The only error that an operator sees. `message` is for logs; people read the catalogue text of `code`.
 * `detail` is remote text (a log tail, stderr): untrusted, redacted and capped by whoever sets it.
 */
export class OperatorError extends Error {
  override readonly name = 'OperatorError'
  readonly code: ErrorCode
  readonly params: ErrorParams
  readonly detail: string | undefined
  /** Set by runOperation: the id under which the audit and the log hold the facts. */
  incident: string | null = null

  constructor(code: ErrorCode, params: ErrorParams = {}, options: { cause?: unknown; detail?: string } = {}) {
    const facts = Object.entries(params).map(([key, value]) => `${key}=${value}`)
    super([code, ...facts].join(' '), options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.params = params
    this.detail = options.detail
  }

  /** How the call ended; see {@link ERROR_CODES}. */
  get kind(): FailureKind {
    return ERROR_CODES[this.code]
  }
}
