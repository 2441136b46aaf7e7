import { chmodSync } from 'node:fs'
import { join } from 'node:path'
import { createToken } from '../../operations/manage-tokens.ts'
import { runOperation } from '../../operations/run-operation.ts'
import { setBoard } from '../../operations/set-board.ts'
import { prepareBackups } from './demo-backups.ts'
import { DEMO_FLEET } from './demo-fleet.ts'
import { CLIENT_SECRET, PEOPLE, type Sandbox, startSandbox } from './start-sandbox.ts'

const PORT_FLAG = '--port='
const DAY_MS = 24 * 3_600_000
const DEMO = { face: 'cli', id: 'demo', name: 'demo', grants: [{ level: 'admin', tags: null }] } as const

/** Starts the demo, says where it is, and ends it cleanly on Ctrl-C. */
async function demo(): Promise<void> {
  const port = Number(
    process.argv.find((argument) => argument.startsWith(PORT_FLAG))?.slice(PORT_FLAG.length) ?? 0,
  )
  const say = (text: string) => process.stdout.write(`${text}\n`)
  say('Starting an embedded Discord, nine embedded machines and the real bot…')
  const interrupted = new Promise<void>((resolve) => {
    process.once('SIGINT', resolve)
    process.once('SIGTERM', resolve)
  })
  const sandbox = await startSandbox({
    nodes: DEMO_FLEET,
    settings: {
      OCM_REFRESH_INTERVAL_MS: '10000',
      OCM_DRAIN_DEADLINE_MS: '30000',
      OCM_UPDATE_SOAK_MS: '5000',
      OCM_BACKUP_FREE_MB: '100',
      OCM_HTTP_LISTEN: '127.0.0.1:0',
      OCM_METRICS_LISTEN: '127.0.0.1:0',
      OCM_DISCORD_CLIENT_SECRET: CLIENT_SECRET,
    },
    port,
  })
  // A board that is edited for hours, or deleted in the page, is refused sooner or later; the program goes on from there.
  sandbox.discord.expectRefusal({})
  try {
    await furnish(sandbox)
    await introduce(sandbox, say)
    await interrupted
  } finally {
    say('\nEnding…')
    await sandbox.close()
  }
}

/** What there is to see: a release that fails, findings, a board, backups of which one is damaged. */
async function furnish(sandbox: Sandbox): Promise<void> {
  // The new release does not start there: its update goes back, and halts that of the others.
  sandbox.nodes.node('cairo-9').gateway.spoilRelease('2026.9.6', 'exits')
  // There it starts, and no model answers: only a turn at the gate sees that.
  sandbox.nodes.node('lima-8').gateway.spoilRelease('2026.9.6', 'turns-fail')
  // What a check finds, and its button mends.
  chmodSync(join(sandbox.nodes.node('cairo-9').home, '.openclaw', 'openclaw.json'), 0o644)
  await board(sandbox)
  const { context } = sandbox.app.owned
  await prepareBackups(context, { folder: sandbox.folder, whole: 'tokyo-1', damaged: 'berlin-3' })
}

/** Says where everything is and what may be tried. */
async function introduce(sandbox: Sandbox, say: (text: string) => void): Promise<void> {
  const spare = sandbox.nodes.node('spare-5')
  const bare = sandbox.nodes.node('bare-6')
  say('')
  say(`  Open  ${sandbox.discord.pageUrl}`)
  say(`  The fleet as a page, signed in as ${PEOPLE.admin}, once: ${await pageLink(sandbox)}`)
  say(`  The same, signing in with an account of the embedded Discord: ${await address(sandbox)}`)
  say('  The command line, in another terminal and this folder:')
  say(`    ${settingsOfShell(sandbox)} npm run --silent ocm -- node list`)
  say('')
  say('  Within a minute an agent on Osaka 2 runs out of context: press Why?, Ack and Compact on its card.')
  say(
    '  Type /node list, then /node status, /node restart, /node logs. Switch person and language at the top.',
  )
  say('  An update of many nodes, in which one goes back: /fleet update to:2026.9.6 tag:edge')
  say('  The same with a turn at the gate, which sees more: /fleet update to:2026.9.6 tag:edge turn:True')
  say('  What nodes differ in and what is amiss: /fleet drift, /fleet lint, with buttons that mend it')
  say(
    '  Backups: /node backups, /node backup, /node backup-verify (that of Berlin 3 was damaged on the disk)',
  )
  say(
    `  Something to break and bring back with /node restore node:tokyo-1: ${sandbox.nodes.node('tokyo-1').home}/.openclaw/workspace/SOUL.md`,
  )
  say(
    `  A node that is not registered yet: /node register id:spare-5 host:${spare.host} ssh-port:${spare.sshPort} ssh-user:${spare.user}`,
  )
  await sayApi(sandbox, say)
  say(`  Metrics, see docs/metrics.md: curl -sS ${sandbox.app.metricsUrl() ?? ''}`)
  say(
    `  A machine without OpenClaw: /node add id:bare-6 host:${bare.user}@${bare.host}:${bare.sshPort} gateway-port:${bare.gatewayPort}`,
  )
  say('  Ctrl-C ends everything; nothing is left behind and nothing left this machine.')
}

/** What a command of a shell needs to work on this demo. */
function settingsOfShell({ folder }: Sandbox): string {
  const settings = [
    `OCM_DATA_DIR=${folder}`,
    `OCM_SSH_KEY=${join(folder, 'id_ed25519')}`,
    'OCM_SSH_AGENT=none',
    `OCM_PROGRAM_SOURCE=${join(folder, 'program-source')}`,
  ]
  return settings.join(' ')
}

/** Where the page is. */
async function address({ app }: Sandbox): Promise<string> {
  return `${await app.owned.context.signIns.address()}/`
}

/** A link to the page that works until somebody has used it. */
async function pageLink({ app, discord }: Sandbox): Promise<string> {
  const { signIns } = app.owned.context
  const admin = { via: 'discord', id: discord.ids.users[PEOPLE.admin] ?? '', name: PEOPLE.admin } as const
  const { secret } = await signIns.createLink({ ...admin, grants: null, language: 'en' }, DAY_MS)
  return `${await signIns.address()}/#login=${secret}`
}

/** The board of the demo, in its one channel. */
async function board({ app }: Sandbox): Promise<void> {
  await runOperation(app.owned.context, DEMO, setBoard, { on: true })
}

/** How the HTTP API is tried, with a token of this demo. */
async function sayApi({ app }: Sandbox, say: (text: string) => void): Promise<void> {
  const url = app.apiUrl()
  if (url === null) return
  const input = { name: 'demo', level: 'admin', minutes: 24 * 60 }
  const { token } = (await runOperation(app.owned.context, DEMO, createToken, input)).data
  say('  The HTTP API, see docs/api.md:')
  say(`    export OCM=${url} TOKEN=${token}`)
  say('    curl -sS -H "Authorization: Bearer $TOKEN" "$OCM/nodes?live=false"')
}

await demo()
