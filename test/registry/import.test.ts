import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyImport, planImport } from '../../registry/import.ts'
import { MIGRATIONS, type Migration, migrate } from '../../registry/migrations.ts'
import { parseRegistry } from '../../registry/parse.ts'
import { REGISTRY_VERSION, registryDataSchema } from '../../registry/schema.ts'
import { newNode, open, temporaryFolder } from './support.ts'

const clock = { now: () => Date.UTC(2026, 0, 2) }
const NOW = '2026-01-02T00:00:00.000Z'

const full = (changes: object = {}) => ({
  id: '01_PC_dell_server',
  name: 'Dell',
  host: '192.0.2.7',
  sshPort: 2222,
  sshUser: 'claw',
  ocPath: '/home/claw/.openclaw',
  gatewayPort: 18790,
  ...changes,
})

function plan(data: object, existing: Parameters<typeof planImport>[1] = []) {
  return planImport(JSON.stringify(data), existing, clock)
}

describe('import of the old registry', () => {
  it('takes the full shape over as it is', () => {
    const result = plan({ nodes: [full()], retired: [] })
    expect(result).toMatchObject({ skip: [], notes: [], secretsDropped: 0, fieldsDropped: [] })
    expect(result.add).toEqual([
      { ...full(), tags: [], hostKeys: [], agents: [], state: 'active', stateReason: null, retiredAt: null },
    ])
  })

  it('takes the short shape over, with its agents, and says what it assumes', () => {
    const result = plan({
      nodes: [
        {
          id: 'pi',
          host: 'pi.local',
          port: 18788,
          agents: ['main', { id: 'dev', model: 'x/y' }],
          status: 'active',
          token: 'abc',
        },
      ],
    })
    expect(result.add[0]).toMatchObject({
      id: 'pi',
      name: 'pi',
      gatewayPort: 18788,
      sshPort: 22,
      sshUser: 'root',
      state: 'active',
    })
    expect(result.add[0]?.agents).toEqual([
      { id: 'main', model: null, seenAt: NOW },
      { id: 'dev', model: 'x/y', seenAt: NOW },
    ])
    expect(result.notes).toEqual(
      [
        { node: 'pi', field: 'sshPort', from: null, to: '22' },
        { node: 'pi', field: 'sshUser', from: null, to: 'root' },
      ].sort((a, b) => b.field.localeCompare(a.field)),
    )
    expect(result.secretsDropped).toBe(1)
  })

  it('brings retired nodes with their stamp and errors, the latest of several', () => {
    const result = plan({
      nodes: [],
      retired: [
        { ...full(), retiredAt: '2025-01-01T10:00:00', errors: null },
        {
          ...full(),
          retiredAt: '2025-06-01T10:00:00+09:00',
          errors: ['ssh timed out', 'password=hunter22 refused'],
        },
        { ...full({ id: 'no-stamp', host: 'b' }) },
      ],
    })
    expect(result.add).toMatchObject([
      {
        id: '01_PC_dell_server',
        state: 'retired',
        retiredAt: '2025-06-01T01:00:00.000Z',
        stateReason: 'ssh timed out; password=*** refused',
      },
      { id: 'no-stamp', state: 'retired', retiredAt: NOW, stateReason: null },
    ])
    expect(result.skip).toEqual([{ list: 'retired', index: 0, id: '01_PC_dell_server', why: 'duplicate-id' }])
    expect(result.secretsDropped).toBe(1)
  })

  it('makes ids fit, keeps them apart, and shows the mapping', () => {
    const result = plan({
      nodes: [
        full({ id: 'büro nord' }),
        full({ id: 'buro-nord', host: 'b' }),
        full({ id: '日本', host: 'c' }),
        full({ id: 'buro nord!', host: 'd' }),
      ],
    })
    expect(result.add.map((node) => node.id)).toEqual(['buro-nord', 'node', 'buro-nord-2'])
    expect(result.skip).toMatchObject([{ index: 1, why: 'duplicate-id' }])
    expect(result.notes.filter((note) => note.field === 'id')).toEqual([
      { node: 'buro-nord', field: 'id', from: 'büro nord', to: 'buro-nord' },
      { node: 'node', field: 'id', from: '日本', to: 'node' },
      { node: 'buro-nord-2', field: 'id', from: 'buro nord!', to: 'buro-nord-2' },
    ])
  })

  it('leaves out what is registered already and what cannot be reached, each with the reason', async () => {
    const registry = await open(join(await temporaryFolder(), 'registry.json'))
    await registry.add(newNode('known'))
    const result = plan(
      {
        nodes: [
          full({ id: 'KNOWN' }),
          full({
            id: 'same',
            host: 'known.example',
            sshUser: 'ocm',
            sshPort: 22,
            ocPath: '/home/ocm/.openclaw',
          }),
          full({ id: 'a', host: '' }),
          full({ id: 'b', host: '-oProxyCommand=x' }),
          7,
          full({ id: 'c' }),
          full({ id: 'd' }),
        ],
      },
      registry.list(),
    )
    expect(result.skip.map((entry) => entry.why)).toEqual([
      'already-registered',
      'address-registered',
      'host-missing',
      'host-invalid',
      'not-an-object',
      'duplicate-address',
    ])
    expect(result.add.map((node) => node.id)).toEqual(['c'])
  })

  it('takes two gateways of one login in as two nodes', () => {
    const result = plan({
      nodes: [
        full({ id: 'main', ocPath: '~/.openclaw' }),
        full({ id: 'rescue', ocPath: '~/.openclaw-rescue', gatewayPort: 19_001 }),
        full({ id: 'twice', ocPath: '~/.openclaw-rescue/' }),
      ],
    })
    expect(result.add.map(({ id, ocPath }) => [id, ocPath])).toEqual([
      ['main', '~/.openclaw'],
      ['rescue', '~/.openclaw-rescue'],
    ])
    expect(result.skip).toMatchObject([{ id: 'twice', why: 'duplicate-address' }])
  })

  it('copies no token, whatever it is called and wherever it stands', () => {
    const secret = 'c0ffee-very-secret-value'
    const result = plan({
      authToken: secret,
      nodes: [
        full({
          gateway: { auth: { token: secret } },
          password: secret,
          note: 'x',
          agents: [{ id: 'a', apiKey: secret }],
        }),
      ],
      retired: [{ ...full({ id: 'r' }), errors: [`token=${secret}`] }],
    })
    expect(JSON.stringify(result)).not.toContain(secret)
    expect(result.secretsDropped).toBe(5)
    expect(result.fieldsDropped).toEqual(['gateway', 'note'])
  })

  it.each([
    ['nonsense', '{"nodes":[', { problem: 'cut-off', line: 1 }],
    ['a list', '[]', { problem: 'wrong-type' }],
    ['an object without nodes', '{"a":1}', { problem: 'missing', where: 'nodes' }],
    ['nodes that are no list', '{"nodes":{}}', { problem: 'wrong-type', where: 'nodes' }],
  ])('refuses %s and says where', (_name, text, params) => {
    expect(() => planImport(text, [], clock)).toThrow(
      expect.objectContaining({ code: 'import-unreadable', params: expect.objectContaining(params) }),
    )
  })

  it('plans only what the registry accepts, whatever the file holds', async () => {
    const entry = fc.record(
      {
        id: fc.oneof(fc.string({ unit: 'grapheme' }), fc.constantFrom('a', 'A', 'b c', 'b-c'), fc.integer()),
        name: fc.oneof(fc.string({ unit: 'binary' }), fc.constant(null)),
        host: fc.oneof(fc.constantFrom('a', 'A', 'b'), fc.string(), fc.domain()),
        sshPort: fc.oneof(fc.integer({ min: -1, max: 70_000 }), fc.string()),
        sshUser: fc.oneof(fc.constantFrom('x', 'root'), fc.string()),
        ocPath: fc.string(),
        status: fc.constantFrom('active', 'inactive', 'maintenance', 'odd'),
        retiredAt: fc.oneof(fc.string(), fc.constant('2025-01-01')),
        agents: fc.anything(),
      },
      { requiredKeys: [] },
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(entry, { maxLength: 8 }),
        fc.array(entry, { maxLength: 4 }),
        async (nodes, retired) => {
          const path = join(await temporaryFolder(), 'registry.json')
          const registry = await open(path)
          const result = plan({ nodes, retired })
          const added = await applyImport(registry, result)
          expect(added.length + result.skip.length).toBe(nodes.length + retired.length)
          if (added.length > 0) expect(parseRegistry(await readFile(path)).kind).toBe('data')
        },
      ),
      { numRuns: 25 },
    )
  }, 60_000)
})

describe('registry files', () => {
  it('accepts the example', async () => {
    const example = await readFile(new URL('../../registry/registry.example.json', import.meta.url))
    const parsed = parseRegistry(example)
    expect(parsed).toMatchObject({ kind: 'data' })
  })

  it('brings an old version up one step at a time, without touching the input', () => {
    const steps = new Map<number, Migration>([
      [-1, (data) => ({ ...data, version: 0, machines: data.boxes, boxes: undefined })],
      [0, ({ machines }) => ({ version: 1, revision: 0, nodes: machines })],
      ...MIGRATIONS,
    ])
    const old = { version: -1, boxes: [] }
    const current = migrate(old, -1, steps)
    expect(registryDataSchema.parse(current)).toEqual({
      version: REGISTRY_VERSION,
      revision: 0,
      nodes: [],
      jumps: {},
    })
    expect(old).toEqual({ version: -1, boxes: [] })
    expect(migrate(old, -2, steps)).toBeNull()
    expect(migrate({}, 0, new Map([[0, (data) => data]]))).toBeNull()
  })

  it('opens a file of an old version and writes it in the new one', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    await writeFile(path, '{"version":0,"machines":[]}')
    const step: Migration = ({ machines }) => ({ version: 1, revision: 0, nodes: machines })
    const registry = await open(path, { migrations: new Map([[0, step], ...MIGRATIONS]) })
    expect(await readFile(path, 'utf8')).toBe('{"version":0,"machines":[]}')
    await registry.add(newNode('alpha'))
    expect(JSON.parse(await readFile(path, 'utf8'))).toMatchObject({ version: REGISTRY_VERSION, revision: 1 })
  })

  it('opens a file from before maintenance was written down, with a node that is in it', async () => {
    const path = join(await temporaryFolder(), 'registry.json')
    const example = await readFile(new URL('../../registry/registry.example.json', import.meta.url), 'utf8')
    const data = JSON.parse(example) as { nodes: Record<string, unknown>[] }
    const nodes = data.nodes.map(({ maintenance: _later, ...node }) => node)
    const old = { ...data, version: 1, nodes: [{ ...nodes[0], state: 'maintenance', stateReason: 'disk' }] }
    await writeFile(path, JSON.stringify(old))
    const registry = await open(path)
    expect(registry.get('tokyo-1')).toMatchObject({
      state: 'maintenance',
      stateReason: 'disk',
      maintenance: null,
    })
  })

  it('says where a file of an old version is wrong', () => {
    const parsed = parseRegistry(Buffer.from('{"version":1,"revision":0,"nodes":[3]}'))
    expect(parsed).toMatchObject({ kind: 'fault', fault: { problem: 'wrong-type', where: 'nodes[0]' } })
  })
})
