import { createHash, generateKeyPairSync } from 'node:crypto'
import { Readable } from 'node:stream'
import { parseEnv } from 'node:util'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { hostSchema } from '../../registry/schema.ts'
import { ArchiveNames } from '../../src/backup/archive-names.ts'
import {
  checkSchema,
  DamagedRecord,
  drillSchema,
  manifestSchema,
  readRecord,
} from '../../src/backup/manifest.ts'
import { walkArchive } from '../../src/backup/walk-archive.ts'
import { systemClock } from '../../src/base/clock.ts'
import { OperatorError } from '../../src/base/errors.ts'
import { withSettings } from '../../src/settings/env-text.ts'
import { certificateIn, certificateKey } from '../../src/ssh/certificate.ts'
import { namedIn } from '../../src/ssh/ssh-config.ts'
import { archive, entry, pax } from '../backup/tar-parts.ts'
import { damaged, KINDS, share } from './inputs.ts'

const { parameters, timeout } = share(KINDS)
const ROOT = 'home/oc/.openclaw'

/** Holds a property for as long as it is given. */
function holds<T>(name: string, input: fc.Arbitrary<T>, check: (value: T) => void | Promise<void>) {
  const property = fc.asyncProperty(input, async (value) => {
    await check(value)
  })
  it(name, () => fc.assert(property, parameters), timeout)
}

const SETTINGS = 'A=1\nexport B="x y" # why\n# C=2\nD=`q`\n\nE=\'a"b\'\nA=3\n'
const CONFIG = `Host web1 "web two"
  HostName %h.internal
Include ~/.ssh/more*.conf "other file"
Match user x
Host=gw
  ProxyJump jump@bastion
Host *
`
const ARCHIVE = archive(
  entry(`${ROOT}/`, { type: '5' }),
  entry(`${ROOT}/a.json`, { content: '{"a":1}' }),
  pax({ path: `${ROOT}/${'long'.repeat(40)}`, mtime: '1790000000.5' }),
  entry('short', { content: 'x'.repeat(600) }),
  entry(`${ROOT}/link`, { type: '2', link: 'a.json' }),
).toString('latin1')
const CHECK = JSON.stringify({
  version: 1,
  id: '20261129T101112Z-0a1b2c',
  at: 1_790_000_000_000,
  ok: true,
  problems: [{ code: 'object-missing', subject: 'a' }],
  problemCount: 1,
  databases: [],
})

/** A certificate of OpenSSH with the fields of PROTOCOL.certkeys; nobody has signed it. */
function certificate(): string {
  const counted = (bytes: Buffer | string) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(bytes))
    return Buffer.concat([length, Buffer.from(bytes as string)])
  }
  const number = (value: bigint, size: 4 | 8) => {
    const bytes = Buffer.alloc(size)
    if (size === 4) bytes.writeUInt32BE(Number(value))
    else bytes.writeBigUInt64BE(value)
    return bytes
  }
  const { x } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const type = 'ssh-ed25519-cert-v01@openssh.com'
  const fields = [
    ...[type, 'nonce', Buffer.from(x ?? '', 'base64url')].map(counted),
    ...[number(7n, 8), number(1n, 4), counted('id'), counted(counted('oc'))],
    ...[number(1_790_000_000n, 8), number(1_790_003_600n, 8)],
  ]
  return `${type} ${Buffer.concat(fields).toString('base64')} note`
}

describe('a file of a person or a node', () => {
  holds(
    'holds a setting that was written into it, and what it held besides',
    fc.tuple(damaged(SETTINGS), fc.string({ maxLength: 40 })),
    ([text, value]) => {
      const changed = withSettings(text, { A: value })
      if (changed === null) return
      expect(parseEnv(changed)).toEqual({ ...parseEnv(text), A: value })
    },
  )

  holds('names aliases that a host may have, however its ssh_config is torn', damaged(CONFIG), (text) => {
    for (const alias of namedIn(text).flatMap(({ aliases }) => aliases))
      expect(hostSchema.safeParse(alias).success).toBe(true)
  })

  holds('is no certificate, or one whose times and logins can be shown', damaged(certificate()), (text) => {
    const found = certificateIn(text)
    if (found === null) return
    expect(Number.isFinite(found.validFrom)).toBe(true)
    expect(found.principals.length).toBeLessThanOrEqual(256)
    certificateKey(found, null)
  })

  holds('is an archive that stays in its folder, or is refused by a code', damaged(ARCHIVE), async (text) => {
    const limits = { roots: [`/${ROOT}`], entries: 1_000, fileBytes: 1e6, bytes: 1e7 }
    const names = new ArchiveNames([`/${ROOT}`])
    try {
      const intake = { clock: systemClock, rateLimit: null, onBytes: () => undefined }
      for await (const parts of walkArchive(Readable.from([Buffer.from(text, 'latin1')]), limits, intake))
        for (const one of parts) {
          if (!('path' in one)) continue
          expect(names.isInside(one.path)).toBe(true)
          expect(one.path.split('/')).not.toContain('..')
        }
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error
      expect(error.code).toBe('archive-refused')
    }
  })

  holds('is a record of a backup as it was written, or a damaged one', damaged(CHECK), (line) => {
    const texts = [line, `${line}\n${createHash('sha256').update(line).digest('hex')}\n`]
    for (const text of texts)
      for (const schema of [checkSchema, drillSchema, manifestSchema])
        try {
          expect(readRecord<{ id: string }>(text, schema as never).id).toMatch(/^\d{8}T/)
        } catch (error) {
          expect(error).toBeInstanceOf(DamagedRecord)
        }
  })
})
