import { type BotProcess, startBot } from './bot-process.ts'
import { checkAnswers } from './rivals.ts'
import {
  type Bench,
  type Case,
  type CaseResult,
  fleetOf,
  hangUpMasters,
  interleave,
  referenceAnswer,
  rivalCase,
  task,
} from './suites.ts'

const MOST_ATTEMPTS = 10
/** A bot that runs has made thousands of passes; after so many V8 has compiled what a pass takes. */
const PASSES_BEFORE = 30

/** Lists until every node serves: on a busy machine one or another misses its budget to connect. */
async function connected(bot: BotProcess, nodes: number): Promise<void> {
  for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
    const { value } = await bot.run<{ counts: { serving: number } }>('list', true)
    if (value.counts.serving === nodes) return
  }
}

/** A list and a sweep, each begun once every reading of its bot is older than the refresh interval, however long that takes. */
export async function oldSuite(bench: Bench): Promise<CaseResult[]> {
  const { lab, groups, program, scale } = bench
  const hosts = lab.hosts(scale.nodes)
  const reference = await referenceAnswer(bench)
  const listing = await startBot(program('ocm-bot'), groups.client.joinFile)
  const sweeping = await startBot(program('ocm-bot'), groups.client.joinFile)
  const every = (count: number) => {
    if (count !== hosts.length) throw new Error(`${count} of ${hosts.length} answers`)
  }
  const ages = { youngest: Number.POSITIVE_INFINITY, oldest: 0 }
  const known = new Set<BotProcess>()
  const whenOld = (on: BotProcess, old: Case): Case => ({
    ...old,
    async prepare() {
      if (known.has(on)) {
        const { value } = await on.run<typeof ages>('untilOld')
        ages.youngest = Math.min(ages.youngest, value.youngest)
        ages.oldest = Math.max(ages.oldest, value.oldest)
      }
      known.add(on)
    },
  })
  try {
    for (const [index, bot] of [listing, sweeping].entries()) {
      await bot.run('openContext', fleetOf(bench, `old-${index}`, hosts))
      await connected(bot, hosts.length)
      for (let pass = 0; pass < PASSES_BEFORE; pass++) await bot.run('sweep')
    }
    const cases = [
      ...rivalCase(bench, 'master', hosts, (output, who) =>
        checkAnswers(output, hosts.length, reference, who),
      ),
      whenOld(
        listing,
        task(
          'ocm-list-old',
          "ocm's whole `list`",
          listing,
          'list',
          true,
          ({ counts }: { counts: { serving: number } }) => every(counts.serving),
        ),
      ),
      whenOld(
        sweeping,
        task(
          'ocm-sweep-old',
          "ocm's sweep",
          sweeping,
          'sweep',
          undefined,
          ({ reached }: { reached: number }) => every(reached),
        ),
      ),
    ]
    bench.say('  first time, not counted:')
    await interleave(bench, 1, cases)
    const results = await interleave(bench, Math.max(5, scale.rounds), cases)
    const [youngest, oldest] = [ages.youngest, ages.oldest].map((ms) => `${(ms / 1000).toFixed(0)} s`)
    return results.map((result) =>
      result.id === 'master'
        ? result
        : { ...result, label: `${result.label}, readings ${youngest} to ${oldest} old`, nodes: hosts.length },
    )
  } finally {
    for (const bot of [listing, sweeping]) await bot.end()
    await hangUpMasters(bench)
  }
}
