import { readdirSync, readFileSync } from 'node:fs'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { joinPage } from '../../src/http/join-page.ts'
import { CATALOGUE } from '../../src/text/catalogue.ts'
import { type Stage, startStage } from './stage.ts'

const FOLDER = new URL('../../src/http/page/', import.meta.url)
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'"
const TYPES: Record<string, RegExp> = {
  html: /^text\/html; charset=utf-8$/,
  js: /^text\/javascript; charset=utf-8$/,
  css: /^text\/css; charset=utf-8$/,
  svg: /^image\/svg\+xml$/,
}

let stage: Stage
beforeAll(async () => {
  stage = await startStage()
})
afterAll(() => stage.close())

const texts = new Map(
  readdirSync(FOLDER).map((name) => [name, readFileSync(new URL(name, FOLDER), 'utf8')] as const),
)
const joined = joinPage(texts)
const pathOf = (name: string) => (name === 'index.html' ? '//' : `//page/${name}`)

describe('the files of the page', () => {
  it('are all served to everybody, each as what it is, and may load nothing from elsewhere', async () => {
    for (const [name, content] of joined) {
      const { status, headers, text } = await stage.ask('GET', pathOf(name))
      expect([name, status]).toEqual([name, 200])
      expect(text).toBe(content)
      expect(headers['content-type'], name).toMatch(TYPES[name.split('.').at(-1) ?? ''] ?? /^$/)
      expect(headers).toMatchObject({
        'content-security-policy': POLICY,
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cross-origin-resource-policy': 'same-origin',
        'cache-control': 'no-cache',
      })
    }
  })

  it('have no script and no style in a document', () => {
    const text = joined.get('index.html') ?? ''
    expect(text).not.toMatch(/<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)|javascript:/i)
  })

  it('that the first screen needs come as one script and one style', () => {
    const index = joined.get('index.html') ?? ''
    const asked = [...index.matchAll(/(?:src|href)="\/page\/([\w.-]+)"/g)].map(([, name]) => name)
    expect(asked.sort()).toEqual(['first.css', 'first.js', 'icon.svg'])
    const script = joined.get('first.js') ?? ''
    for (const name of ['main', 'page', 'fleet', 'row', 'sign_in'])
      expect(script).toContain(`const $${name} = `)
    expect(script).not.toMatch(/^import /m)
    // What is loaded later is not in it, and has what it shares with it from there: there is one of each.
    for (const name of ['node.js', 'audit.js']) {
      expect(script).toContain(`import('./${name}')`)
      expect(joined.get(name)).toContain(' = first.$dom\n')
    }
    expect([...joined.keys()]).not.toContain('dom.js')
  })

  it('lose nothing of what they are made of', () => {
    const all = [...joined.values()].join('')
    for (const [name, text] of texts)
      for (const line of text.split('\n'))
        if (!/^(?:import|export) |\bimport\(/.test(line)) expect(all, `${name}: ${line}`).toContain(line)
  })

  it.each([
    [
      'import each other',
      { 'fleet.js': "import { a } from './page.js'\n", 'page.js': "import { b } from './fleet.js'\n" },
    ],
    ['import in another form', { 'fleet.js': "import * as a from './dom.js'\n" }],
    ['export in another form', { 'fleet.js': 'export default 1\n' }],
    ['import what is not there', { 'fleet.js': "import { a } from './none.js'\n" }],
  ])('are not served when they %s', (_how, changed) => {
    expect(() => joinPage(new Map([...texts, ...Object.entries(changed)]))).toThrow()
  })

  it('are sent once, and compressed for who takes that', async () => {
    const path = '/page/first.js'
    const get = (headers: Record<string, string>) => fetch(new URL(path, stage.url), { headers })
    const plain = await (await get({ 'accept-encoding': 'identity' })).text()
    for (const [form, open] of [
      ['br', brotliDecompressSync],
      ['gzip', gunzipSync],
    ] as const) {
      const { headers, text } = await stage.ask('GET', `/${path}`, {
        headers: { 'accept-encoding': form },
        encoding: 'latin1',
      })
      expect(headers['content-encoding']).toBe(form)
      expect(open(Buffer.from(text, 'latin1')).toString()).toBe(plain)
    }
    const etag = (await get({})).headers.get('etag') ?? ''
    expect(await stage.ask('GET', `/${path}`, { headers: { 'if-none-match': etag } })).toMatchObject({
      status: 304,
      text: '',
    })
  })

  it('are a closed list: no path leads out of it', async () => {
    const evil = [
      '/page/',
      '/page/index.html',
      '/page/none.js',
      '/page/../api.ts',
      '/page/%2e%2e/api.ts',
      '/page/..%2fapi.ts',
      '/page/..%5capi.ts',
      '/page/%2e%2e%2f%2e%2e%2fmain.ts',
      '/page//etc/passwd',
      '/page/%2fetc%2fpasswd',
      '/page/first.js%00',
      '/page/first.js/',
      '/page/main.js',
      '/page/constructor',
      '/page/__proto__',
      '/page/%',
    ]
    for (const path of evil) {
      const { status, text } = await stage.ask('GET', `/${path}`)
      expect([path, status >= 400 && status < 500]).toEqual([path, true])
      expect(text).not.toMatch(/import |root:/)
    }
  })

  it('speak with the words of the catalogue, without those of the shell', async () => {
    for (const language of ['en', 'ja', 'zh-CN'] as const) {
      const { status, json } = await stage.ask('GET', `/texts/${language}`)
      expect([status, json.language]).toEqual([200, language])
      for (const [key, text] of Object.entries(CATALOGUE[language]))
        if (/^(?:page|state|outcome|access|condition|reason|operation)\./.test(key))
          expect(json.texts[key], key).toBe(text)
      expect(Object.keys(json.texts).filter((key) => /^(?:doctor|setting|cli\.command)\./.test(key))).toEqual(
        [],
      )
    }
    expect((await stage.ask('GET', '/texts/fr')).status).toBe(404)
    expect((await stage.ask('GET', '/texts/constructor')).status).toBe(404)
  })
})
