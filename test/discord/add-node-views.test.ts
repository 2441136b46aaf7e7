import { describe, expect, it } from 'vitest'
import { LOCALES } from '../../src/base/locale.ts'
import { createInk } from '../../src/cli/ink.ts'
import { questionText } from '../../src/cli/views/told.ts'
import { createReader } from '../../src/discord/reader.ts'
import { addPlanView, addProgressView, addResultView } from '../../src/discord/views/add-node.ts'
import type { AddPlan, AddResult, AddStep } from '../../src/operations/add-node.ts'
import { addNodePlan } from '../../src/presenters/add-node.ts'
import { type Seen, seen } from '../../src/provision/evidence.ts'
import type { StepName } from '../../src/provision/step.ts'
import { textOf } from './discord-rules.ts'
import { ASKED, NOW, PRESSED, reportOf } from './extremes.ts'

const NOT_NEEDED = { en: 'not needed', ja: '不要', 'zh-CN': '不需要' }
const ADDED = {
  id: 'bare',
  name: 'Bare',
  host: 'bare.example',
  registered: true,
  changed: true,
  keyless: true,
  fault: null,
}
const said = (text: string) => ({ code: 'said' as const, params: { text } })
const pairing = { state: 'not-needed' as const, evidence: '', seen: [said('scope.read')], tookMs: 3 }
const start = { state: 'done' as const, evidence: '', seen: [said('ActiveState=active')], tookMs: 73 }

describe.each(LOCALES)('a step for which there is nothing to do, in %s', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const words = (text: string, evidence: string) => text.split('\n').find((line) => line.includes(evidence))

  it('is told as not needed when the addition is over, and no other step is', () => {
    const data: AddResult = {
      ...ADDED,
      steps: [
        { name: 'start', ...start },
        { name: 'pairing', ...pairing },
      ],
    }
    const text = textOf(addResultView(reportOf('done', data), PRESSED, reader))
    expect(words(text, 'scope.read')).toContain(NOT_NEEDED[locale])
    expect(words(text, 'ActiveState')).not.toContain(NOT_NEEDED[locale])
    // What the question warned of still holds.
    expect(text).toContain(reader.ink.t('add.ask.no-secret'))
    const keyed = textOf(addResultView(reportOf('done', { ...data, keyless: false }), PRESSED, reader))
    expect(keyed).not.toContain(reader.ink.t('add.ask.no-secret'))
  })

  it('is told as not needed while the addition goes on', () => {
    const plan = { wanted: { id: 'bare' }, name: 'Bare' } as AddPlan
    const step: AddStep = { step: 'pairing', phase: 'ended', part: null, ...pairing }
    expect(words(textOf(addProgressView(plan, [step], PRESSED, reader)), 'scope.read')).toContain(
      NOT_NEEDED[locale],
    )
  })
})

const SEEN = {
  en: ['no sudo', '1 warning', 'lingering is on', '52 files', 'amd64'],
  ja: ['sudo なし', '警告 1 件', 'linger は有効', 'ファイル 52 個', 'amd64'],
  'zh-CN': ['没有 sudo', '1 条警告', 'linger 已开启', '52 个文件', 'amd64'],
}

it.each(LOCALES)('what a step saw is told in %s, and what an older ocm wrote down as it is', (locale) => {
  const reader = createReader(locale, NOW, new Map())
  const step = (name: StepName, seen: Seen[], evidence = '') => ({
    name,
    state: 'done' as const,
    evidence,
    seen,
    tookMs: 5,
  })
  const data: AddResult = {
    ...ADDED,
    steps: [
      step('ssh', [said('oc, amd64'), seen('no-sudo')]),
      step('configuration', [seen('valid', { count: 1 })]),
      step('linger', [seen('lingers')]),
      step('registry', [], 'as it was'),
      step('first-backup', [seen('files', { count: 52 })]),
    ],
  }
  const text = textOf(addResultView(reportOf('done', data), PRESSED, reader))
  for (const words of [...SEEN[locale], 'as it was']) expect(text).toContain(words)
})

it('names every command of a plan whole, in a file beside the card and below the question of a shell', () => {
  const script = `test -e ${'x'.repeat(500)} || exit 1\nwhile IFS= read -r line; do :; done`
  const plan = {
    wanted: {
      id: 'bare',
      host: 'bare.example',
      sshPort: 22,
      sshUser: 'oc',
      version: null,
      model: null,
      secret: null,
    },
    ...{ name: 'Bare', tags: [], known: 'known-hosts', acted: [] },
    namesake: null,
    looked: { login: 'works', reason: null, portTaken: true },
    hostKey: { type: 'ssh-ed25519', fingerprint: 'SHA256:abc' },
    commands: [
      { step: 'ssh', commands: ['uname -m'] },
      { step: 'configuration', commands: [script, 'openclaw config validate --json'] },
    ],
  } as unknown as AddPlan
  const reader = createReader('en', NOW, new Map())
  const card = addPlanView(plan, ASKED, reader)
  const file = Buffer.from(card.attachment?.bytes ?? []).toString('utf8')
  for (const command of ['uname -m', script, 'openclaw config validate --json'])
    expect(file.split('\n')).toEqual(expect.arrayContaining(command.split('\n')))
  const ink = createInk('en', false, () => NOW)
  const shell = questionText(addNodePlan(plan, ink, true), ink)
  for (const line of script.split('\n')) expect(shell).toContain(line)
})
