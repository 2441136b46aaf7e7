import { createHash, createHmac } from 'node:crypto'
import { SignatureV4 } from '@smithy/signature-v4'

/** Who asks, and where. */
export interface S3Keys {
  accessKeyId: string
  secretAccessKey: string
}

/** A request before it is signed. */
export interface Unsigned {
  method: string
  host: string
  /** With every segment escaped. */
  path: string
  query: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
  /** SHA-256 of the body in hex; the signature covers it, so that no byte can change on the way. */
  bodySha256: string
}

/** The SHA-256 of Node.js in the form in which the signer asks for it. */
class Sha256 {
  readonly #hash: { update(bytes: Uint8Array | string): unknown; digest(): Uint8Array }

  constructor(secret?: string | ArrayBuffer | ArrayBufferView) {
    this.#hash = secret === undefined ? createHash('sha256') : createHmac('sha256', asKey(secret))
  }

  update(chunk: string | ArrayBuffer | ArrayBufferView): void {
    this.#hash.update(typeof chunk === 'string' ? chunk : asKey(chunk))
  }

  async digest(): Promise<Uint8Array> {
    return this.#hash.digest()
  }
}

/**
 * Signs requests with Signature Version 4 for S3 (docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html).
 * @returns a function that gives all headers of a request; the time is epoch milliseconds
 */
export function createSigner(
  region: string,
  credentials: S3Keys,
): (request: Unsigned, now: number) => Promise<Record<string, string>> {
  const signer = new SignatureV4({
    credentials,
    region,
    service: 's3',
    sha256: Sha256,
    // A key is escaped once in S3, and twice everywhere else.
    uriEscapePath: false,
    applyChecksum: false,
  })
  return async ({ method, host, path, query, headers, bodySha256 }, now) => {
    const signed = await signer.sign(
      {
        method,
        protocol: 'https:',
        hostname: host,
        path,
        query: { ...query },
        headers: { ...headers, host, 'x-amz-content-sha256': bodySha256 },
      },
      { signingDate: new Date(now) },
    )
    return signed.headers
  }
}

function asKey(value: string | ArrayBuffer | ArrayBufferView): Uint8Array {
  if (typeof value === 'string') return Buffer.from(value)
  return value instanceof ArrayBuffer
    ? new Uint8Array(value)
    : new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}
