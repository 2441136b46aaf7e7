import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { NodeRecord, RegistryPort } from '../../registry/schema.ts'
import { newNode } from '../registry/support.ts'

/** A registry to test, and another view of the same one. */
export interface OpenedRegistry {
  /** Where changes are made. */
  registry: RegistryPort
  /** Where they must be seen: the same object, or what another instance or process sees of the same registry. */
  witness: RegistryPort
  close(): Promise<void>
}

/** What every implementation of RegistryPort promises, on an empty registry. */
export function registryContract(name: string, open: () => Promise<OpenedRegistry>): void {
  describe(`a registry: ${name}`, () => {
    let opened: OpenedRegistry
    let registry: RegistryPort

    beforeEach(async () => {
      opened = await open()
      registry = opened.registry
    })
    afterEach(() => opened?.close())

    /** What the witness sees, once it sees what was expected. */
    const seen = (check: (nodes: readonly NodeRecord[]) => void) =>
      vi.waitFor(() => check(opened.witness.list()), { timeout: 10_000, interval: 20 })
    const refusal = (code: string) => expect.objectContaining({ name: 'OperatorError', code })

    it('fills in a new node and shows it at once, and to everyone soon', async () => {
      expect(registry.list()).toEqual([])
      const added = await registry.add(newNode('alpha', { tags: ['eu'] }))
      expect(added).toMatchObject({
        ...newNode('alpha', { tags: ['eu'] }),
        state: 'active',
        stateReason: null,
        retiredAt: null,
        agents: [],
      })
      expect(Number.isNaN(Date.parse(added.createdAt))).toBe(false)
      expect(registry.get('alpha')).toEqual(added)
      await seen((nodes) => expect(nodes).toEqual([added]))
    })

    it('keeps the order in which nodes came, retired ones included', async () => {
      for (const id of ['zeta', 'alpha', 'mid']) await registry.add(newNode(id))
      await registry.update('alpha', (node) => ({ ...node, state: 'retired' }))
      await seen((nodes) => expect(nodes.map(({ id }) => id)).toEqual(['zeta', 'alpha', 'mid']))
    })

    it('changes several nodes with one write, all or none', async () => {
      for (const id of ['alpha', 'beta', 'gamma']) await registry.add(newNode(id))
      const changed = await registry.updateMany(['gamma', 'ALPHA'], (node) => ({ ...node, tags: [node.id] }))
      expect(changed.map(({ id }) => id)).toEqual(['gamma', 'alpha'])
      await seen((nodes) => expect(nodes.map(({ tags }) => tags)).toEqual([['alpha'], [], ['gamma']]))
      const lost = registry.updateMany(['beta', 'nobody'], (node) => ({ ...node, tags: ['lost'] }))
      await expect(lost).rejects.toEqual(refusal('unknown-node'))
      expect(registry.list().flatMap(({ tags }) => tags)).toEqual(['alpha', 'gamma'])
    })

    it('does not know a node that was never added', async () => {
      expect(() => registry.get('nobody')).toThrow(refusal('unknown-node'))
      await expect(registry.update('nobody', (node) => node)).rejects.toEqual(refusal('unknown-node'))
    })

    it('refuses a second node with the same id, whatever its case, or the same address', async () => {
      const alpha = await registry.add(newNode('alpha'))
      await expect(registry.add(newNode('ALPHA', { host: 'other' }))).rejects.toEqual(refusal('node-exists'))
      await expect(registry.add(newNode('beta', { host: alpha.host }))).rejects.toEqual(
        refusal('address-exists'),
      )
      await registry.add(newNode('gamma', { host: alpha.host, sshPort: 2222 }))
      await seen((nodes) => expect(nodes.map(({ id }) => id)).toEqual(['alpha', 'gamma']))
    })

    it('refuses what is not a node, in an addition and in a change', async () => {
      await registry.add(newNode('alpha'))
      await expect(registry.add(newNode('-option'))).rejects.toEqual(refusal('invalid-input'))
      await expect(registry.update('alpha', (node) => ({ ...node, host: 'a b' }))).rejects.toEqual(
        refusal('invalid-input'),
      )
      expect(registry.list()).toHaveLength(1)
      expect(registry.get('alpha').host).toBe('alpha.example')
    })

    it('changes a node by a pure function of what it is now; id and birth stay', async () => {
      const added = await registry.add(newNode('alpha'))
      const updated = await registry.update('alpha', (node) => ({
        ...node,
        id: 'other',
        createdAt: '2001-01-01T00:00:00.000Z',
        name: 'New name',
        state: 'maintenance',
        stateReason: 'disk',
      }))
      expect(updated).toEqual({
        ...added,
        name: 'New name',
        state: 'maintenance',
        stateReason: 'disk',
        updatedAt: updated.updatedAt,
      })
      await seen((nodes) => expect(nodes).toEqual([updated]))
    })

    it('stamps the retirement and takes the stamp off again', async () => {
      await registry.add(newNode('alpha'))
      const retired = await registry.update('alpha', (node) => ({ ...node, state: 'retired' }))
      expect(retired.retiredAt).toEqual(expect.any(String))
      const back = await registry.update('alpha', (node) => ({ ...node, state: 'active' }))
      expect(back.retiredAt).toBeNull()
    })

    it('loses none of many changes at once, also from both sides', async () => {
      await registry.add(newNode('alpha'))
      await seen((nodes) => expect(nodes).toHaveLength(1))
      const sides = [registry, opened.witness]
      await Promise.all(
        Array.from({ length: 12 }, (_, index) =>
          sides[index % 2]?.update('alpha', (node) => ({ ...node, tags: [...node.tags, `t${index}`] })),
        ),
      )
      await seen((nodes) => expect(nodes[0]?.tags).toHaveLength(12))
      expect(new Set(registry.get('alpha').tags).size).toBeGreaterThanOrEqual(6)
      const all = await registry.update('alpha', (node) => ({ ...node, name: 'Last' }))
      expect(new Set(all.tags)).toEqual(new Set(Array.from({ length: 12 }, (_, index) => `t${index}`)))
    })

    it('leaves everything as it was when a change throws', async () => {
      const added = await registry.add(newNode('alpha'))
      const failing = registry.update('alpha', () => {
        throw new Error('no')
      })
      await expect(failing).rejects.toThrow('no')
      expect(registry.get('alpha')).toEqual(added)
      await registry.update('alpha', (node) => ({ ...node, name: 'Works again' }))
    })

    it('hands out records that nobody can change by accident', async () => {
      const tags = ['eu']
      await registry.add(newNode('alpha', { tags }))
      tags.push('mine')
      expect(() => registry.get('alpha').tags.push('other')).toThrow(TypeError)
      await seen((nodes) => expect(nodes[0]?.tags).toEqual(['eu']))
      expect(() => opened.witness.get('alpha').tags.push('other')).toThrow(TypeError)
    })

    it('tells listeners of every change, wherever it was made, until they leave', async () => {
      const [here, there, gone] = [vi.fn(), vi.fn(), vi.fn()]
      registry.onChange(here)
      opened.witness.onChange(there)
      registry.onChange(gone)()
      await registry.add(newNode('alpha'))
      expect(here).toHaveBeenCalled()
      await vi.waitFor(() => expect(there).toHaveBeenCalled(), { timeout: 10_000 })
      await seen((nodes) => expect(nodes).toHaveLength(1))
      here.mockClear()
      await opened.witness.update('alpha', (node) => ({ ...node, name: 'From the other side' }))
      await vi.waitFor(() => expect(here).toHaveBeenCalled(), { timeout: 10_000 })
      expect(registry.get('alpha').name).toBe('From the other side')
      expect(gone).not.toHaveBeenCalled()
    })
  })
}
