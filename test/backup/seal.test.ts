import { Decrypter, generateX25519Identity, identityToRecipient } from 'age-encryption'
import { expect, it } from 'vitest'
import { Sealer } from '../../src/backup/seal.ts'

it('What is sealed may be overwritten as soon as it was handed over', async () => {
  const key = await generateX25519Identity()
  const sealer = await Sealer.begin([await identityToRecipient(key)])
  const content: Buffer[] = []
  const sealed = [sealer.head]
  const lent = Buffer.alloc(100_000)
  for (const [at, bytes] of [10, 3_000, 100_000, 65_536, 1, 70_000, 5].entries()) {
    const part = lent.subarray(0, bytes).fill(65 + at)
    content.push(Buffer.from(part))
    sealed.push(...sealer.push(part))
    part.fill(0)
  }
  sealed.push(sealer.end())
  const decrypter = new Decrypter()
  decrypter.addIdentity(key)
  const plain = Buffer.from(await decrypter.decrypt(Buffer.concat(sealed)))
  expect(plain.equals(Buffer.concat(content))).toBe(true)
})
