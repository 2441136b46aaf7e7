import { OperatorError } from '../base/errors.ts'

/** Why a step cannot go on; each has words that say what to do. The list is closed. */
export const FAULTS = [
  'port-taken',
  'no-room',
  'no-inodes',
  'no-memory',
  'wrong-machine',
  'no-user-services',
  'tools-missing',
  'node-source',
  'checksum',
  'node-broken',
  'openclaw-source',
  'forward-refused',
  'openclaw-other',
  'openclaw-broken',
  'config-refused',
  'secret-missing',
  'secret-open',
  'write-failed',
  'service-foreign',
  'service-refused',
  'linger-denied',
  'start-refused',
  'gateway-failed',
  'gateway-slow',
  'gateway-refuses',
  'not-registered',
  'backup-failed',
  'stopped',
  'silent',
  'unreachable',
  'other',
] as const
export type FaultCode = (typeof FAULTS)[number]

/** A step that did not come to its end. `detail` is remote text: redacted and bounded by whoever sets it. */
export class Fault extends Error {
  override readonly name = 'Fault'
  readonly code: FaultCode
  readonly detail: string | null

  constructor(code: FaultCode, detail: string | null = null, cause?: unknown) {
    super(detail === null ? code : `${code}: ${detail}`, cause === undefined ? undefined : { cause })
    this.code = code
    this.detail = detail
  }
}

const SILENT: readonly string[] = ['connection-lost', 'deadline']
const AWAY: readonly string[] = [
  'node-unreachable',
  'auth-failed',
  'second-factor',
  'certificate-not-valid',
  'certificate-principal',
  'certificate-refused',
  'hardware-key-unused',
  'host-key-unknown',
  'host-key-changed',
  'kex-unsupported',
  'key-unusable',
]

/** What stopped a step, whatever was thrown. */
export function faultOf(error: unknown, aborted: boolean): Fault {
  if (error instanceof Fault) return error
  if (aborted) return new Fault('stopped', null, error)
  if (!(error instanceof OperatorError)) return new Fault('other', null, error)
  if (SILENT.includes(error.code)) return new Fault('silent', null, error)
  if (AWAY.includes(error.code)) return new Fault('unreachable', reasonOf(error), error)
  return new Fault('other', error.detail ?? error.code, error)
}

function reasonOf({ code, params }: OperatorError): string {
  return typeof params.reason === 'string' ? params.reason : code
}
