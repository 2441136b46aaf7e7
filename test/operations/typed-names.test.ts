import { describe, expect, it } from 'vitest'
import { inputProblem } from '../../src/base/input-problem.ts'
import { addBot } from '../../src/operations/add-bot.ts'
import { addNode } from '../../src/operations/add-node.ts'
import { editNode } from '../../src/operations/edit-node.ts'
import { registerNode } from '../../src/operations/register-node.ts'

const TYPED = {
  'add-node': (name: string) => addNode.input.safeParse({ id: 'a', host: 'ops@host', name }),
  'register-node': (name: string) => registerNode.input.safeParse({ id: 'a', host: 'ops@host', name }),
  'edit-node': (name: string) => editNode.input.safeParse({ node: 'a', name }),
  'add-bot': (name: string) => addBot.input.safeParse({ node: 'a', id: 'b', name }),
}

describe.each(Object.entries(TYPED))('a name that is typed for %s', (_operation, typed) => {
  it('is never blank', () => {
    for (const name of ['', ' ', '\t\u3000']) {
      const { error } = typed(name)
      expect(error && inputProblem(error, { name })).toMatchObject({ field: 'name', problem: 'too-short' })
    }
  })

  it('has no white space around it', () => {
    expect(typed(' Tokyo 1 ').data).toMatchObject({ name: 'Tokyo 1' })
  })
})
