import { describe, expect, it } from 'vitest'
import { OperatorError } from '../../src/base/errors.ts'
import type { NodeLink } from '../../src/openclaw/ports.ts'
import type { Context } from '../../src/operations/context.ts'
import { readLog } from '../../src/operations/log-tail.ts'
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
