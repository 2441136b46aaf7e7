// `node tests.mjs FILE [--shard=1/2]`: runs `npm test`, or a share of it, on the Node of the PATH. At most two files that fail are run once more, by themselves: what
// fails again fails the run, what passes then is named at the end as a test to mend. It is also
// written to the file given, for the end of a longer run. See docs/decisions/0004-second-run.md.
import { spawnSync } from 'node:child_process'
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'

const MOST_FILES = 2
const [again, ...share] = process.argv.slice(2)

function run(files) {
  const folder = mkdtempSync(join(tmpdir(), 'ocm-ci-'))
  const report = join(folder, 'report.json')
  const words = [
    'test',
    '--',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...files,
  ]
  const { status } = spawnSync('npm', words, { stdio: 'inherit' })
  let failed = []
  try {
    const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
    failed = testResults.filter((one) => one.status === 'failed').map((one) => relative('', one.name))
  } catch (error) {
    process.stderr.write(`no report of the tests: ${error.message}\n`)
  }
  rmSync(folder, { recursive: true })
  return { status, failed }
}

const first = run(share)
if (first.status === 0) process.exit(0)
// Something that failed outside of a test, or too much: no second run would make that green.
if (first.failed.length === 0 || first.failed.length > MOST_FILES) process.exit(1)
process.stdout.write(`\n== failed, and run once more by themselves: ${first.failed.join(', ')}\n\n`)
const second = run(first.failed)
if (second.status !== 0) process.exit(1)
const told = `passed only when run again on Node ${process.versions.node}: ${first.failed.join(', ')}`
process.stdout.write(`\n== ${told}\n\n`)
if (again) appendFileSync(again, `${told}\n`)
