import { describe, expect, it } from 'vitest'
import { PieceMemory } from '../../src/backup/piece-memory.ts'

describe('memory for pieces', () => {
  it('holds each piece as it came, wherever a block ends, until it is freed', () => {
    const memory = new PieceMemory(10)
    const pieces = ['abc', 'defg', 'hijkl', 'm', '', 'nopqrstuvw'].map((text) => {
      for (const letter of text) memory.add(Buffer.from(letter))
      expect(memory.heldBytes).toBe(text.length)
      expect(String(memory.held)).toBe(text)
      return memory.cut()
    })
    expect(pieces.map(({ bytes }) => String(bytes))).toEqual(['abc', 'defg', 'hijkl', 'm', '', 'nopqrstuvw'])
    expect(memory.heldBytes).toBe(0)
  })

  it('uses a block again once every piece in it is freed, and not before', () => {
    const memory = new PieceMemory(4)
    const cut = (text: string) => {
      memory.add(Buffer.from(text))
      return memory.cut()
    }
    const [first, second] = [cut('ab'), cut('cd')]
    const third = cut('efgh')
    first.free()
    const fourth = cut('ijkl')
    expect([second, third, fourth].map(({ bytes }) => String(bytes))).toEqual(['cd', 'efgh', 'ijkl'])
    second.free()
    const fifth = cut('mnop')
    expect(fifth.bytes.buffer).toBe(second.bytes.buffer)
    expect([third, fourth, fifth].map(({ bytes }) => String(bytes))).toEqual(['efgh', 'ijkl', 'mnop'])
  })

  it('does not use the block again in which a piece is being put together', () => {
    const memory = new PieceMemory(8)
    memory.add(Buffer.from('ab'))
    const first = memory.cut()
    memory.add(Buffer.from('cd'))
    first.free()
    memory.add(Buffer.from('efghij'))
    expect(String(memory.cut().bytes)).toBe('cdefghij')
  })
})
