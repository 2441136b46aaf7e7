import ssh2 from 'ssh2'

/** Two length-prefixed fields: the type and 32 bytes of key. */
const ED25519_BLOB_BYTES = 4 + 'ssh-ed25519'.length + 4 + 32

/**
 * A key pair in OpenSSH's formats without ssh-keygen. ssh2 1.17 drops leading zero bytes of the public half: about one
 * pair in 250 cannot be read by anyone and is made again.
 */
export function makeKeyPair(encryption?: { passphrase: string; cipher: string; rounds: number }): {
  private: string
  public: string
} {
  for (;;) {
    const pair = ssh2.utils.generateKeyPairSync('ed25519', encryption)
    const [, blob = ''] = pair.public.split(' ')
    if (Buffer.from(blob, 'base64').length === ED25519_BLOB_BYTES) return pair
  }
}
