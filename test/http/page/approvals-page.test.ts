import type { Page } from 'playwright-core'
import { beforeEach, describe, expect, it } from 'vitest'
import { hasBrowser } from '../../support/browser.ts'
import type { StubApi } from './stub-api.ts'
import { eachWithPage } from './stub-page.ts'

const ADA = { id: '1', name: 'Ada', via: 'discord' }
/** Longer than between two looks. */
const A_WHILE_MS = 11_000

describe.skipIf(!hasBrowser)('what waits for a second person', { timeout: 60_000 }, () => {
  const own = eachWithPage()
  let stub: StubApi
  let page: Page
  let asked: string

  beforeEach(() => {
    ;({ stub, page } = own)
    asked = 'Oskar asked 2 sec ago.'
  })

  const reads = (level: string, tags: string[] | null = null) => {
    stub.world.me = { ...stub.world.me, person: ADA, level, tags, grants: [{ level, tags }] }
  }
  const waits = (more: object = {}) => {
    const request = {
      id: 'r1',
      operation: 'restart-node',
      nodeId: 'alpha',
      tags: null,
      access: 'operator',
      askedBy: { identity: 'discord:2', name: 'Oskar' },
      state: 'open',
      ...more,
    }
    stub.world.answers.set('/operations/list-approvals', () => {
      const lead = [{ kind: 'text', text: asked, mark: null }]
      const told = [{ mood: 'warning', title: 'Restart alpha?', lead, parts: [] }]
      return [200, { schema: 'ocm/1', outcome: 'done', data: { requests: [request], rules: [] }, told }]
    })
  }
  const offered = async () => {
    await page.goto(`${stub.url}#/approvals`)
    await page.getByText('Oskar asked').waitFor()
    return page.locator('.approvals button').allTextContents()
  }

  it('is decided by who could do it, and by nobody else', async () => {
    waits()
    reads('operator')
    expect(await offered()).toEqual(['Approve', 'Refuse'])
    for (const [level, tags, request] of [
      ['viewer', null, {}],
      ['operator', ['test'], {}],
      ['operator', ['prod'], { tags: ['prod', 'test'] }],
      ['operator', null, { access: 'admin' }],
    ] as const) {
      waits(request)
      reads(level, tags && [...tags])
      await page.goto('about:blank')
      expect(await offered()).toEqual([])
    }
  })

  it('is withdrawn by who asked, and not approved', async () => {
    waits({ askedBy: { identity: 'discord:1', name: 'Ada' } })
    reads('operator')
    expect(await offered()).toEqual(['Refuse'])
  })

  it('grows older before its reader, whose hand keeps its button', async () => {
    waits()
    reads('operator')
    await page.clock.install()
    await offered()
    const approve = page.getByRole('button', { name: 'Approve' })
    await approve.focus()
    asked = 'Oskar asked 2 min ago.'
    await page.clock.runFor(A_WHILE_MS)
    await page.getByText('Oskar asked 2 min ago.').waitFor()
    expect(await approve.evaluate('document.activeElement.textContent')).toBe('Approve')
  })

  it('is looked for again when ocm was away, which is told no longer than it is so', async () => {
    waits()
    reads('operator')
    const answer = stub.world.answers.get('/operations/list-approvals')
    await page.clock.install()
    await offered()
    stub.world.answers.set('/operations/list-approvals', () => null)
    await page.clock.runFor(A_WHILE_MS)
    await page.getByText('ocm does not answer.').waitFor()
    if (answer) stub.world.answers.set('/operations/list-approvals', answer)
    await page.clock.runFor(A_WHILE_MS)
    await page.getByText('ocm does not answer.').waitFor({ state: 'detached' })
  })
})
