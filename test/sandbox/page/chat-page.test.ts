import { readFile } from 'node:fs/promises'
import type { Browser, Page } from 'playwright-core'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { hasBrowser, launchBrowser } from '../../support/browser.ts'
import { conversation, fleetCard, IDS, interaction, message, restartForm, snowflakeAt } from './fixtures.ts'
import { type Stub, startStub } from './stub-server.ts'

const HOSTILE = [
  '<img src=x onerror="window.hacked=1">',
  '<script>window.hacked=1</script>',
  '"><svg onload=window.hacked=1>',
  '[click](javascript:window.hacked=1)',
  '[click](data:text/html,<script>top.hacked=1</script>)',
  'javascript:window.hacked=1',
  '**<b onmouseover=window.hacked=1>x</b>**',
  '```html\n<script>window.hacked=1</script>\n```',
  '</node <img src=x onerror=window.hacked=1>:1>',
  '<t:1:R" onclick="window.hacked=1>',
  '{{constructor.constructor("window.hacked=1")()}}',
]

/** Functions that run in the page. */
const LOOK = await readFile(new URL('look.js', import.meta.url), 'utf8')

describe.skipIf(!hasBrowser)('the chat page', { timeout: 60_000 }, () => {
  let browser: Browser
  let stub: Stub
  let page: Page
  let problems: string[]

  beforeAll(async () => {
    browser = await launchBrowser()
  }, 60_000)
  afterAll(() => browser?.close())
  beforeEach(async () => {
    stub = await startStub()
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-US' })
    page.setDefaultTimeout(20_000)
    problems = []
    page.on('pageerror', (error) => problems.push(error.message))
  }, 60_000)
  afterEach(async () => {
    await page.close()
    await stub.close()
    expect(problems).toEqual([])
  })

  const open = async (query = 'user=Aiko&locale=en-US&channel=ops') => {
    await page.goto(`${stub.url}/?${query}`)
    await page.getByTestId('channel').first().waitFor({ state: 'attached' })
  }
  const callsOf = (method: string) =>
    stub.calls.filter((one) => one.method === method).map((one) => one.params)
  const press = (customId: string) => page.locator(`button[data-custom-id="${customId}"]`)
  const asAiko = { userId: IDS.admin, locale: 'en-US', channelId: IDS.ops }

  it('sends a command that was typed, completed and filled by keyboard alone', async () => {
    await open()
    await page.keyboard.press('/')
    await page.getByTestId('command-item').first().waitFor()
    await page.keyboard.type('node log')
    await page.keyboard.press('Enter')
    await page.keyboard.type('osa')
    await page.locator('[data-testid=choice-item][data-value="osaka-2"]:only-child').waitFor()
    await page.keyboard.press('Enter')
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await page.keyboard.type('25')
    await page.keyboard.press('Enter')
    await page.getByTestId('interaction').waitFor()
    await expect
      .poll(() => callsOf('slash'))
      .toEqual([[asAiko, ['node', 'logs'], { node: 'osaka-2', lines: 25 }]])
    expect(callsOf('autocomplete').at(-1)).toEqual([asAiko, ['node', 'logs'], { node: 'osa' }, 'node'])
    expect(await page.getByTestId('composer').inputValue()).toBe('')
  })

  it('says what is missing or wrong before it sends anything', async () => {
    await open()
    await page.getByTestId('composer').fill('/node logs ')
    await page.keyboard.press('Escape')
    await page.getByTestId('send').click()
    await page.getByTestId('composer-error').filter({ hasText: 'Fill in “node” first' }).waitFor()
    await page.locator('[data-option=node]').fill('kyoto-1')
    await page.keyboard.press('Tab')
    await page.locator('[data-testid=optional-item][data-option=lines]').click()
    await page.locator('[data-testid=option][data-option=lines]').fill('500')
    await page.getByTestId('send').click()
    await page.getByTestId('composer-error').filter({ hasText: 'at most 200' }).waitFor()
    expect(callsOf('slash')).toEqual([])
  })

  it('shows that suggestions failed to load, and the reason of a refused command', async () => {
    stub.answer.set('autocomplete', () => {
      throw new Error('no answer within 3 s')
    })
    stub.answer.set('slash', () => {
      throw new Error('Missing Access')
    })
    await open()
    await page.getByTestId('composer').fill('/node status kyoto')
    await page.getByTestId('suggest-error').filter({ hasText: 'Loading options failed' }).waitFor()
    await page.keyboard.press('Enter')
    await page.getByTestId('composer-error').filter({ hasText: 'Missing Access' }).waitFor()
    expect(await page.locator('[data-option=node]').inputValue()).toBe('kyoto')
  })

  it('renames commands and its own words with the language, also in a half-filled command', async () => {
    await open()
    await page.getByTestId('composer').fill('/node status ')
    await page.locator('[data-option=node]').fill('kyoto-1')
    await page.locator('[data-testid=language][data-locale=ja]').click()
    await page.getByTestId('command-chip').filter({ hasText: '/ノード 状態' }).waitFor()
    expect(await page.locator('[data-option=node]').inputValue()).toBe('kyoto-1')
    expect(await page.locator('html').getAttribute('lang')).toBe('ja')
    await page.locator('[data-testid=language][data-locale="zh-CN"]').click()
    await page.getByTestId('command-chip').filter({ hasText: '/节点 状态' }).waitFor()
    await page.getByTestId('simulation').filter({ hasText: '模拟聊天' }).first().waitFor()
  })

  it('keeps a pressed button busy until the bot has answered', async () => {
    const card = message({
      createdAt: Date.now(),
      raw: { type: 0, flags: 32768, components: fleetCard(Date.now()) },
    })
    stub.world.messages = [card]
    await open()
    await press('v1|refresh').click()
    await page.locator('button[data-custom-id="v1|refresh"][aria-busy=true]:disabled').waitFor()
    await expect.poll(() => callsOf('click')).toEqual([[asAiko, card.id, 'v1|refresh']])
    expect(await press('v1|page|0').isDisabled()).toBe(true)
    stub.world.interactions = []
    card.editedAt = Date.now()
    stub.touch()
    await page.locator('button[data-custom-id="v1|refresh"]:not([aria-busy]):enabled').waitFor()
  })

  it('frees a button at once when the bot answered before the page could ask', async () => {
    stub.world.messages = [
      message({ createdAt: Date.now(), raw: { type: 0, flags: 32768, components: fleetCard(Date.now()) } }),
    ]
    stub.answer.set('click', () => interaction({ id: snowflakeAt(Date.now()), kind: 'component' }))
    await open()
    await press('v1|refresh').click()
    await expect.poll(() => callsOf('click').length).toBe(1)
    await page.locator('button[data-custom-id="v1|refresh"]:not([aria-busy]):enabled').waitFor()
  })

  it('says in red under the card when nobody answered a press', async () => {
    stub.world.messages = [
      message({ createdAt: Date.now(), raw: { type: 0, flags: 32768, components: fleetCard(Date.now()) } }),
    ]
    await open()
    await press('v1|refresh').click()
    await expect.poll(() => stub.world.interactions.length).toBe(1)
    for (const one of stub.world.interactions) one.state = 'failed'
    stub.touch()
    await page
      .getByTestId('message')
      .getByTestId('failed')
      .filter({ hasText: 'The application did not respond' })
      .waitFor()
    expect(await page.getByTestId('interaction').count()).toBe(0)
  })

  it('checks a form, sends it with the values of each field, and closes it', async () => {
    stub.world.interactions = [
      interaction({ id: snowflakeAt(Date.now()), state: 'answered', modal: restartForm(), label: 'Retire' }),
    ]
    const id = stub.world.interactions[0]?.id
    await open()
    const modal = page.getByTestId('modal')
    await modal.waitFor()
    await page.getByTestId('modal-submit').click()
    await modal.getByText('This field is required.').first().waitFor()
    expect(callsOf('submit')).toEqual([])
    await modal.locator('[data-custom-id=name]').fill('osaka-2')
    await modal.getByText('Every node with its tag').click()
    await modal.locator('button[data-custom-id=reason]').click()
    await page.locator('[data-testid=select-option][data-value=replaced]').click()
    await modal.getByText('its agents may still be running').click()
    await page.getByTestId('modal-submit').click()
    await modal.waitFor({ state: 'detached' })
    await expect
      .poll(() => callsOf('submit'))
      .toEqual([[asAiko, id, { scope: 'tag', name: 'osaka-2', reason: ['replaced'], known: ['agents'] }]])
  })

  it('sends a choice of a select menu, and gives a cancelled form back', async () => {
    stub.world.messages = conversation(Date.now(), stub.url)
    await open()
    await page.locator('button[data-custom-id="v1|scope"]').click()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('Enter')
    await expect.poll(() => callsOf('select').at(0)?.slice(2)).toEqual(['v1|scope', ['all']])
    stub.world.interactions = []
    stub.touch()
    await press('v1|restart|kyoto-1').click()
    await page.getByTestId('modal').waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('modal').waitFor({ state: 'detached' })
    await expect.poll(() => callsOf('dismissModal').length).toBe(1)
  })

  it('runs nothing of what names, messages, embeds, forms and choices say', async () => {
    stub.world.users = stub.world.users.map((user, index) => ({ ...user, name: HOSTILE[index] ?? user.name }))
    stub.world.messages = HOSTILE.map((text, index) =>
      message({
        createdAt: Date.now() - 60_000 + index,
        authorName: text,
        invokedBy: { userId: IDS.admin, userName: text, label: text },
        raw: {
          type: 20,
          flags: 0,
          content: `${text} <@${IDS.admin}>`,
          embeds: [
            {
              title: text,
              url: 'javascript:hacked=1',
              description: text,
              fields: [{ name: text, value: text }],
            },
          ],
          attachments: [
            {
              id: '1',
              filename: text,
              url: 'javascript:window.hacked=1',
              size: 1,
              content_type: 'image/png',
            },
          ],
          components: [
            { type: 1, components: [{ type: 2, style: 5, label: text, url: 'javascript:window.hacked=1' }] },
            {
              type: 1,
              components: [
                { type: 3, custom_id: text, placeholder: text, options: [{ label: text, value: text }] },
              ],
            },
            { type: 17, accent_color: 'red;} *{display:none', components: [{ type: 10, content: text }] },
            { type: 12, items: [{ media: { url: 'javascript:window.hacked=1' } }] },
          ],
        },
      }),
    )
    stub.answer.set('autocomplete', () => HOSTILE.map((text) => ({ name: text, value: text })))
    stub.world.refusals = [
      {
        method: 'GET',
        path: HOSTILE[0] ?? '',
        status: 400,
        code: 1,
        message: HOSTILE[1] ?? '',
        fields: HOSTILE,
        at: 0,
      },
    ]
    await open('locale=en-US')
    await page
      .getByTestId('message')
      .nth(HOSTILE.length - 1)
      .waitFor()
    await page.getByTestId('user-switch').click()
    await page.getByTestId('user-item').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('composer').fill('/node status x')
    await page.getByTestId('choice-item').first().waitFor()
    await page.keyboard.press('Escape')
    await page.getByTestId('message').last().hover()
    await page.getByTestId('message').last().getByTestId('raw').click()
    await page.getByTestId('raw-json').waitFor()
    await page.getByTestId('log').click()
    await page.getByTestId('refusal').waitFor()
    const found = await page.evaluate(`({
      hacked: window.hacked ?? null,
      scripts: document.querySelectorAll('#messages script, #messages [onerror], #messages [onclick]').length,
      links: [...document.querySelectorAll('a')].map((a) => a.protocol).filter((p) => !/^https?:$/.test(p)),
    })`)
    expect(found).toEqual({ hacked: null, scripts: 0, links: [] })
  })

  it('opens links in a new tab that knows nothing of this one', async () => {
    stub.world.messages = conversation(Date.now(), stub.url)
    await open()
    const link = page.locator('a[href="https://example.com/graphs"]')
    expect(await link.getAttribute('target')).toBe('_blank')
    expect(await link.getAttribute('rel')).toContain('noopener')
  })

  it('shows a private message to its reader only', async () => {
    stub.world.messages = conversation(Date.now(), stub.url)
    await open()
    const secret = page.locator('[data-testid=message][data-ephemeral=true]')
    await secret.getByText('Only you can see this').waitFor()
    await page.getByTestId('user-switch').click()
    await page.locator(`[data-testid=user-item][data-user-id="${IDS.viewer}"]`).click()
    await page.locator(`[data-testid=user-switch][data-user-id="${IDS.viewer}"]`).waitFor()
    await page.getByTestId('message').first().waitFor()
    expect(await secret.count()).toBe(0)
    await page.getByTestId('user-switch').click()
    await page.locator(`[data-testid=user-item][data-user-id="${IDS.admin}"]`).click()
    await secret.waitFor()
    await secret.getByTestId('dismiss').click()
    await secret.waitFor({ state: 'detached' })
  })

  it('edits one message in place and leaves the others and the scroll position alone', async () => {
    stub.world.messages = conversation(Date.now(), stub.url)
    await open()
    await page.getByTestId('message').first().waitFor()
    await page.evaluate(`document.querySelector('[data-testid=message]').marked = true`)
    // The page sees a scroll one frame later; until then it may still follow its own first layout to the end.
    await expect
      .poll(() =>
        page.evaluate(`new Promise((seen) => {
          const scroller = document.getElementById('scroller')
          scroller.addEventListener('scroll', () => setTimeout(() => seen(scroller.scrollTop), 100), { once: true })
          scroller.scrollTop = scroller.scrollTop === 40 ? 41 : 40
        })`),
      )
      .toBe(40)
    const last = stub.world.messages.at(-1)
    if (last === undefined) throw new Error('no message')
    Object.assign(last, {
      thinking: false,
      raw: { type: 20, flags: 0, content: 'All is well.' },
      editedAt: Date.now(),
    })
    stub.world.messages.push(
      message({ createdAt: Date.now(), raw: { type: 0, flags: 0, content: 'A new line' } }),
    )
    stub.touch()
    await page.getByText('A new line').waitFor()
    expect(await page.evaluate(`document.querySelector('[data-testid=message]').marked === true`)).toBe(true)
    expect(await page.evaluate(`document.getElementById('scroller').scrollTop`)).toBe(40)
    await page.getByTestId('jump').click()
    await expect
      .poll(() =>
        page.evaluate(
          `(({ scrollTop, scrollHeight, clientHeight }) => scrollHeight - scrollTop - clientHeight < 2)(document.getElementById('scroller'))`,
        ),
      )
      .toBe(true)
    expect(await page.getByTestId('jump').isHidden()).toBe(true)
  })

  it('says so while the event stream is down, and catches up afterwards', async () => {
    await open()
    await page.getByTestId('welcome').waitFor()
    stub.cutEvents(true)
    await page.getByTestId('reconnecting').waitFor()
    stub.world.messages = [
      message({ createdAt: Date.now(), raw: { type: 0, flags: 0, content: 'Missed line' } }),
    ]
    stub.cutEvents(false)
    await page.getByText('Missed line').waitFor()
    await page.getByTestId('reconnecting').waitFor({ state: 'detached' })
  })

  it('tells when the bot is offline, and that nothing leaves the machine', async () => {
    stub.world.botOnline = false
    await open()
    await page.getByTestId('bot-offline').filter({ hasText: 'Ops Bot is offline' }).waitFor()
    await page
      .getByTestId('simulation')
      .filter({ hasText: 'nothing here leaves this machine' })
      .first()
      .waitFor()
  })

  it.each([1280, 390])('lets a long log line be read to its end at %i pixels', async (width) => {
    const line = `2026-11-28T10:00:00.000Z gateway ${'word-without-an-end'.repeat(60)} END`
    stub.world.messages = [
      message({
        createdAt: Date.now(),
        raw: {
          type: 0,
          content: '',
          flags: 32_768,
          components: [
            {
              type: 17,
              components: [
                { type: 10, content: `### Log\n\`\`\`\n${line}\n\`\`\`` },
                {
                  type: 9,
                  components: [{ type: 10, content: `\`${line}\`` }],
                  accessory: { type: 2, style: 2, label: 'More', custom_id: 'more' },
                },
              ],
            },
          ],
        },
      }),
    ]
    await page.setViewportSize({ width, height: 844 })
    await open()
    const block = page.locator('.code-block')
    await block.waitFor()
    const reach = await page.evaluate(`${LOOK}; look.reachOf('.code-block')`)
    expect(reach).toEqual({ inside: true, wraps: true, cardCut: false })
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
  })

  it('keeps the card of a thread inside a phone', async () => {
    stub.world.messages = [message({ createdAt: Date.now(), threadId: IDS.thread })]
    await page.setViewportSize({ width: 390, height: 844 })
    await open()
    const box = await page.locator('.thread-card').boundingBox()
    expect((box?.x ?? 0) + (box?.width ?? 999)).toBeLessThanOrEqual(390)
  })

  it.each(['dark', 'light'])(
    'is readable in the %s theme: no text has a contrast below 4.5',
    async (theme) => {
      stub.world.messages = conversation(Date.now(), stub.url)
      await page.addInitScript(`localStorage.setItem('ops-chat-theme', '${theme}')`)
      await open()
      await page.getByTestId('message').first().waitFor()
      expect(await page.evaluate('document.documentElement.dataset.theme')).toBe(theme)
      expect(await page.evaluate(`${LOOK}; look.faintTexts()`)).toEqual([])
    },
  )

  it('asks no other host for anything, and fits a phone without sideways scrolling', async () => {
    const hosts = new Set<string>()
    page.on('request', (request) => hosts.add(new URL(request.url()).origin))
    stub.world.messages = conversation(Date.now(), stub.url)
    await page.setViewportSize({ width: 390, height: 844 })
    await open()
    await page.getByTestId('message').first().waitFor()
    await page.getByTestId('menu').click()
    await page.locator(`[data-testid=channel][data-channel-id="${IDS.alerts}"]`).click()
    await page.getByTestId('welcome').waitFor()
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect([...hosts]).toEqual([stub.url])
  })
})
