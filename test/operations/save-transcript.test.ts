import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { LOCALES } from '../../src/base/locale.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { Context } from '../../src/operations/context.ts'
import { saveTranscript } from '../../src/operations/save-transcript.ts'
import { isPlainKey, translate, translateCoded } from '../../src/text/translate.ts'

const link = (rpc: () => Promise<unknown>) => ({ nodeId: 'n1', rpc }) as unknown as NodeLink
const answering = link(async () => ({ payload: { messages: [] } }))

function contextWhere(save: () => Promise<never>): Context {
  const parts = { clock: { now: () => 0 }, log: { warn() {} }, transcripts: { save } }
  return parts as unknown as Context
}

describe('a transcript that cannot be kept', () => {
  it.each(['ENOSPC', 'EDQUOT', 'EACCES', 'EROFS', 'EIO'])('says %s as what it is', async (code) => {
    const context = contextWhere(() => Promise.reject(Object.assign(new Error(code), { code })))
    const saved = await saveTranscript(context, answering, 'agent:main:main')
    const params = { problem: code }
    expect(saved).toEqual({ saved: false, reason: { code: 'write-failed', params } })
    for (const locale of LOCALES) {
      const key = `problem.${code}`
      if (!isPlainKey(key)) throw new Error(`${key} has no text`)
      expect(translateCoded(locale, 'reason.write-failed', params)).toContain(translate(locale, key))
    }
  })

  it('names the reason of the node where the node did not hand it out', async () => {
    const late = link(() => Promise.reject(new OperatorError('deadline', { node: 'n1', ms: 30_000 })))
    const context = contextWhere(() => Promise.reject(new Error('is not asked')))
    const saved = await saveTranscript(context, late, 'agent:main:main')
    expect(saved).toEqual({ saved: false, reason: { code: 'deadline', params: { ms: 30_000 } } })
  })
})
