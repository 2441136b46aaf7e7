import { generateKeyPairSync } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import { redact } from '../../src/base/redact.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { Context } from '../../src/operations/context.ts'
import { lineCleaner, readLog } from '../../src/operations/log-tail.ts'
import type { ExecResult } from '../../src/ssh/exec.ts'
import { healthySnapshot } from '../support/snapshots.ts'

const SECRET = 'sk-of-the-gateway'
const context = {
  redact: (text: string) => ({ text: text.replaceAll(SECRET, '•••'), count: text.split(SECRET).length - 1 }),
} as unknown as Context

const ended = (code: number, stdout = '', stderr = ''): ExecResult => ({
  code,
  signal: null,
  stdout,
  stderr,
  tookMs: 1,
})

/** A node whose gateway does not answer; its log can only be read by commands. */
function linkOf(answers: { journal: ExecResult; file: ExecResult }): NodeLink {
  return {
    nodeId: 'alpha',
    exec: async ({ shellText }: { shellText: string }) =>
      shellText.includes('journalctl') ? answers.journal : answers.file,
    rpc: async () => {
      throw new OperatorError('gateway-unreachable', { node: 'alpha', reason: 'port-silent' })
    },
  } as unknown as NodeLink
}

const read = (answers: { journal: ExecResult; file: ExecResult }) =>
  readLog(context, linkOf(answers), healthySnapshot(), 5)

describe('the log of a gateway that does not answer', () => {
  it('comes from the journal, else from the file', async () => {
    const file = ended(0, 'from the file\n')
    expect(await read({ journal: ended(0, 'one\ntwo\n'), file })).toMatchObject({
      lines: ['one', 'two'],
      source: 'journal',
    })
    expect(await read({ journal: ended(1), file })).toMatchObject({
      lines: ['from the file'],
      source: 'file',
    })
  })

  it('is empty only when a journal says so', async () => {
    expect(await read({ journal: ended(0), file: ended(1) })).toEqual({
      lines: [],
      source: 'journal',
      redactions: 0,
    })
  })

  it('that no source could give is a failure with its cause, not an empty log', async () => {
    const journal = ended(1, '', `Failed to open the journal ${SECRET}`)
    const file = ended(1, '', 'No such file')
    await expect(read({ journal, file })).rejects.toMatchObject({
      code: 'remote-command-failed',
      params: { node: 'alpha', exitCode: 1 },
      detail: 'Failed to open the journal •••',
    })
  })
})

describe('lines that come one by one', () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString().trim().split('\n')
  const shown = (lines: string[]) => {
    const clean = lineCleaner({ redact } as unknown as Context, 'journal')
    return lines.flatMap((line) => clean(line).lines)
  }

  it('show nothing of a private key, and everything around it', () => {
    const prefixed = pem.map((line) => `Nov 28 oc[1]: ${line}`)
    for (const lines of [pem, prefixed]) {
      const told = shown(['before', ...lines, 'after'])
      expect(told.join('\n')).not.toMatch(/[A-Za-z0-9+/]{40}/)
      expect([told[0], told.at(-1)]).toEqual(['before', 'after'])
    }
    expect(shown([...pem, ...pem, 'after']).join('\n')).not.toMatch(/[A-Za-z0-9+/]{40}/)
  })

  it('are shown again after a beginning that has no end', () => {
    const [begin = ''] = pem
    expect(shown([begin, ...Array.from({ length: 600 }, () => 'ordinary'), 'last']).at(-1)).toBe('last')
  })
})
