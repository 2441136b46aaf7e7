import { createPublicKey, createVerify, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dial } from '../../src/ssh/dial.ts'
import { parsePrivateKey } from '../../src/ssh/keys.ts'
import { failureOf } from './rig.ts'

const keys = {
  rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }),
  ec: generateKeyPairSync('ec', { namedCurve: 'prime256v1' }),
  ed25519: generateKeyPairSync('ed25519'),
}
const types = { rsa: 'ssh-rsa', ec: 'ecdsa-sha2-nistp256', ed25519: 'ssh-ed25519' }
const text = (kind: keyof typeof keys, passphrase?: string) =>
  keys[kind].privateKey
    .export({
      type: 'pkcs8',
      format: 'pem',
      ...(passphrase === undefined ? {} : { cipher: 'aes-256-cbc', passphrase }),
    })
    .toString()

describe('a key in PKCS#8', () => {
  it.each(['rsa', 'ec', 'ed25519'] as const)('of %s loads and signs', (kind) => {
    for (const parsed of [
      parsePrivateKey(text(kind), null),
      parsePrivateKey(text(kind, 'open sesame'), 'open sesame'),
    ]) {
      expect(parsed.type).toBe(types[kind])
      const signature = parsed.signer?.sign(Buffer.from('data'), kind === 'rsa' ? 'sha256' : undefined)
      expect(signature).toBeInstanceOf(Buffer)
      const open = createPublicKey(parsed.signer?.getPublicPEM() ?? '')
      expect(open.export({ format: 'jwk' })).toEqual(keys[kind].publicKey.export({ format: 'jwk' }))
      const bytes = signature as Buffer
      const valid =
        kind === 'ed25519'
          ? verify(null, Buffer.from('data'), open, bytes)
          : createVerify('sha256').update('data').verify(open, bytes)
      expect(valid).toBe(true)
    }
  })

  it('says what is wrong with its passphrase, and what is no key', () => {
    const why = (key: string, passphrase: string | null) => {
      try {
        parsePrivateKey(key, passphrase)
        return null
      } catch (error) {
        return (error as { params: { why: string } }).params.why
      }
    }
    expect(why(text('rsa', 'right'), null)).toBe('passphrase-needed')
    expect(why(text('rsa', 'right'), 'wrong')).toBe('passphrase-wrong')
    expect(why('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', null)).toBe(
      'not-a-private-key',
    )
    const other = generateKeyPairSync('x25519').privateKey.export({ type: 'pkcs8', format: 'pem' })
    expect(why(other.toString(), null)).toBe('not-a-private-key')
  })
})

describe('a name that nobody can resolve', () => {
  it('is told apart from one that looks like an alias', async () => {
    const reason = async (host: string) =>
      (await failureOf(dial('n', host, 22, AbortSignal.timeout(20_000)))).params.reason
    expect(await reason('web1-of-nobody')).toBe('alias-unknown')
    expect(await reason('web1.invalid')).toBe('dns-failed')
  })
})
