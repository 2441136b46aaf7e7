import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { inlineBashText, inlineScriptText, scriptText } from '../../src/ssh/script-text.ts'
import type { ScriptText } from '../../src/ssh/ssh.ts'
import { until } from '../support/until.ts'
import { haveSshd, poolFor, type Sshd, startSshd } from './rig.ts'

const soon = { deadlineMs: 20_000 }

describe.skipIf(!haveSshd)('a held shell', () => {
  let sshd: Sshd
  beforeAll(async () => {
    sshd = await startSshd()
  })
  afterAll(() => sshd?.stop())

  it('ends by itself when nobody asks for some naps, and the next script gets a new one', async () => {
    const pool = poolFor(sshd.userKey, { shellNapMs: 1_000 })
    try {
      const session = pool.session(sshd.target('napping'))
      const ask = () => session.script(scriptText`echo "$$"`, soon)
      const first = await ask()
      expect(first.via).toBe('shell')
      await until(() => !sshd.descendants().some(({ pid }) => pid === Number(first.stdout)), 30_000)
      // the news of its end may still be on the way: then this one runs in a shell of its own
      expect((await ask()).stdout).not.toBe(first.stdout)
      expect((await ask()).via).toBe('shell')
    } finally {
      await pool.close()
    }
  }, 60_000)

  it('becomes a bash for a script that wants one, also where the server allows one session only', async () => {
    const strict = await startSshd(['MaxSessions 1'])
    const pool = poolFor(strict.userKey)
    try {
      const session = pool.session(strict.target('bash'))
      const kind = (script: ScriptText) => session.script(script, soon)
      const any = inlineScriptText`ocm_answer="$BASH_VERSION$$"`
      const bash = inlineBashText`ocm_answer="$BASH_VERSION$$"`
      const before = await kind(any)
      const told = await kind(bash)
      expect(told).toMatchObject({ via: 'shell', stdout: expect.stringMatching(/^[345]\./) })
      expect(told.stdout).not.toBe(before.stdout)
      // It is the one shell from then on, and the first has ended.
      expect((await kind(any)).stdout).toBe(told.stdout)
      expect((await kind(bash)).stdout).toBe(told.stdout)
      const first = Number(/\d+$/.exec(before.stdout)?.[0])
      await until(() => !strict.descendants().some(({ pid }) => pid === first), 10_000)
    } finally {
      await pool.close()
      await strict.stop()
    }
  }, 60_000)

  it('runs both kinds of script in turn without one seeing what the other left', async () => {
    const pool = poolFor(sshd.userKey)
    try {
      const session = pool.session(sshd.target('both'))
      const inline = inlineScriptText`[ "$1" = say ] && ocm_answer="said $2"`
      const forked = scriptText`left=behind; set -- changed; cd /; read -r line; echo "$line|$1"`
      for (let turn = 0; turn < 3; turn++) {
        expect(await session.script(inline, { ...soon, args: ['say', "it's"] })).toMatchObject({
          stdout: "said it's",
          code: 0,
          via: 'shell',
        })
        expect(await session.script(forked, soon)).toMatchObject({ stdout: '|changed\n', via: 'shell' })
        expect(await session.script(inline, { ...soon, args: ['hush'] })).toMatchObject({
          stdout: '',
          code: 1,
        })
      }
    } finally {
      await pool.close()
    }
  }, 60_000)
})
