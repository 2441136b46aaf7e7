import { describe, expect, it } from 'vitest'
import { callError, connectError } from '../../src/openclaw/gateway-frames.ts'

const refusal = (code: string) => ({ code: 'INVALID_REQUEST', message: 'no', details: { code } })

describe('the code of a refusal', () => {
  it.each(['AUTH_TOKEN_MISMATCH', 'device-required', 'E404'])('is told where it is a code: %s', (code) => {
    expect(callError('alpha', 'sessions.list', refusal(code)).params).toMatchObject({ code })
    expect(connectError('alpha', refusal(code)).params).toMatchObject({ code })
  })

  it.each(['nullk3Jd92LmQxT7vBz1RnW8cYp4Hs6F', 'two words', '@everyone', 'A'.repeat(81), ''])(
    'is not repeated where it is something else: %s',
    (code) => {
      expect(callError('alpha', 'sessions.list', refusal(code)).params).toMatchObject({ code: '***' })
      expect(connectError('alpha', refusal(code)).params).toMatchObject({ code: '***' })
    },
  )
})
