import type { ListedObject, OffsiteProblem } from '../target.ts'

/** Codes of S3 and of servers that speak like it (docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html). */
const PROBLEMS: Readonly<Record<string, OffsiteProblem>> = {
  RequestTimeTooSkewed: 'clock',
  RequestExpired: 'clock',
  InvalidAccessKeyId: 'credentials',
  SignatureDoesNotMatch: 'credentials',
  InvalidSecurity: 'credentials',
  InvalidToken: 'credentials',
  ExpiredToken: 'credentials',
  AuthorizationHeaderMalformed: 'region',
  PermanentRedirect: 'region',
  TemporaryRedirect: 'region',
  IllegalLocationConstraintException: 'region',
  AccessDenied: 'denied',
  AccountProblem: 'denied',
  AllAccessDisabled: 'denied',
  NoSuchBucket: 'no-bucket',
  InvalidBucketName: 'no-bucket',
  QuotaExceeded: 'full',
  XMinioStorageFull: 'full',
  XMinioAdminBucketQuotaExceeded: 'full',
  InsufficientCapacity: 'full',
  EntityTooLarge: 'full',
  BadDigest: 'torn',
  InvalidDigest: 'torn',
  XAmzContentSHA256Mismatch: 'torn',
  XAmzContentChecksumMismatch: 'torn',
  IncompleteBody: 'torn',
  RequestTimeout: 'torn',
  SlowDown: 'busy',
  InternalError: 'busy',
  ServiceUnavailable: 'busy',
  OperationAborted: 'busy',
}

/** What an answer that is no success means. */
export function problemOf(status: number, code: string | null): OffsiteProblem {
  const known = code === null ? undefined : PROBLEMS[code]
  if (known !== undefined) return known
  if (status === 507) return 'full'
  if (status === 401 || status === 403) return 'denied'
  if (status >= 301 && status <= 308) return 'region'
  return status === 429 || status >= 500 ? 'busy' : 'refused'
}

/** The code in the body of an error; null where there is none, or one that is no word. */
export function codeIn(body: string): string | null {
  return /<Code>([A-Za-z0-9.]{1,60})<\/Code>/.exec(body)?.[1] ?? null
}

/** A page of a listing (ListObjectsV2 with `encoding-type=url`). `next` is null on the last one. */
export interface Page {
  objects: ListedObject[]
  next: string | null
}

/** @returns null when it is no listing: another kind of server answers there */
export function pageOf(body: string): Page | null {
  if (!/<ListBucketResult[\s>]/.test(body)) return null
  const objects = [...body.matchAll(/<Contents>(.*?)<\/Contents>/gs)].map(([, fields = '']) => ({
    key: decoded(fieldOf(fields, 'Key') ?? ''),
    bytes: Number(fieldOf(fields, 'Size') ?? Number.NaN),
    storedAt: Date.parse(fieldOf(fields, 'LastModified') ?? ''),
  }))
  const isCut = fieldOf(body, 'IsTruncated') === 'true'
  return { objects, next: isCut ? plainOf(fieldOf(body, 'NextContinuationToken')) : null }
}

function fieldOf(fields: string, name: string): string | null {
  return new RegExp(`<${name}>([^<]*)</${name}>`).exec(fields)?.[1] ?? null
}

function decoded(key: string): string {
  try {
    return decodeURIComponent(key.replaceAll('+', ' '))
  } catch {
    return key
  }
}

/** A token may hold what XML escapes. */
function plainOf(token: string | null): string | null {
  if (token === null) return null
  const names: Record<string, string> = { lt: '<', gt: '>', quot: '"', apos: "'", amp: '&' }
  return token.replace(/&(lt|gt|quot|apos|amp);/g, (all, name: string) => names[name] ?? all)
}
