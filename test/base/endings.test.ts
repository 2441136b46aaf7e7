import { describe, expect, it } from 'vitest'
import { createEndings } from '../../src/base/endings.ts'

describe('endings', () => {
  it('run once, the last first, one after the other', async () => {
    const order: string[] = []
    const endings = createEndings()
    for (const name of ['first', 'second']) {
      endings.add(async () => {
        order.push(`${name} begins`)
        await Promise.resolve()
        order.push(`${name} ends`)
      })
    }
    await Promise.all([endings.run(), endings.run()])
    expect(order).toEqual(['second begins', 'second ends', 'first begins', 'first ends'])
  })

  it('all run although one fails, and the first failure is told', async () => {
    const order: string[] = []
    const endings = createEndings()
    endings.add(async () => order.push('first'))
    endings.add(() => Promise.reject(new Error('the lesser')))
    endings.add(() => Promise.reject(new Error('what came first')))
    await expect(endings.run()).rejects.toThrow('what came first')
    expect(order).toEqual(['first'])
  })
})
