import { describe, expect, it } from 'vitest'
import { createSlots } from '../../src/ssh/slots.ts'

const never = new AbortController().signal

describe('slots', () => {
  it('hands out the right to work in the order of asking', async () => {
    const slots = createSlots(1)
    const order: number[] = []
    const first = await slots.take(never)
    const others = [1, 2, 3].map(async (each) => {
      const release = await slots.take(never)
      order.push(each)
      release()
    })
    first()
    await Promise.all(others)
    expect(order).toEqual([1, 2, 3])
    expect(slots.taken()).toBe(0)
  })

  it('forgets who gave up waiting', async () => {
    const slots = createSlots(1)
    const first = await slots.take(never)
    const impatient = new AbortController()
    const waiting = slots.take(impatient.signal)
    impatient.abort(new Error('too long'))
    await expect(waiting).rejects.toThrow('too long')
    first()
    expect(slots.taken()).toBe(0)
    await expect(slots.take(impatient.signal)).rejects.toThrow('too long')
  })

  it('counts a slot that is given back twice once', async () => {
    const slots = createSlots(2)
    const release = await slots.take(never)
    await slots.take(never)
    release()
    release()
    expect(slots.taken()).toBe(1)
  })

  it('can be lowered while slots are out', async () => {
    const slots = createSlots(3)
    const taken = await Promise.all([1, 2, 3].map(() => slots.take(never)))
    slots.lower(1)
    let granted = false
    const waiting = slots.take(never).then((release) => {
      granted = true
      return release
    })
    taken[0]?.()
    taken[1]?.()
    await Promise.resolve()
    expect(granted).toBe(false)
    taken[2]?.()
    await waiting
    expect(slots.taken()).toBe(1)
  })
})
