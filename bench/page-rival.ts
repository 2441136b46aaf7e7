import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../test/support/free-port.ts'
import type { Look } from './page-paint.ts'

/** What the page is measured beside: the list of all hosts of Nagios, which Debian has. */
export interface PageRival {
  name: string
  link: string
  look: Look
  close(): Promise<void>
}

const NAGIOS = '/usr/sbin/nagios4'
const APACHE = '/usr/sbin/apache2'
const CGI = '/usr/lib/cgi-bin/nagios4'
const FILES = '/usr/share/nagios4/htdocs'
const MODULES = '/usr/lib/apache2/modules'
const PACKAGES = ['nagios4-core', 'nagios4-cgi', 'apache2']
const LOADED = ['mpm_event', 'authz_core', 'alias', 'cgid', 'mime', 'dir', 'env', 'filter', 'deflate']
const LOOK_MS = 200
const MOST_LOOKS = 150

/** Starts Nagios with so many hosts that are up, behind an Apache that compresses. As root; with apt where it is not installed. */
export async function startRival(nodes: number): Promise<PageRival> {
  install()
  const folder = mkdtempSync(join(tmpdir(), 'ocm-page-rival-'))
  const user = idOf('nagios')
  chmodSync(folder, 0o755)
  const at = (name: string) => join(folder, name)
  for (const name of ['spool', 'rw']) mkdirSync(at(name), { mode: 0o755 })
  for (const name of ['.', 'spool', 'rw']) chownSync(at(name), user, user)
  const names = Array.from({ length: nodes }, (_, index) => `node-${index}`)
  writeFileSync(at('hosts.cfg'), hostsText(names))
  writeFileSync(at('nagios.cfg'), mainText(at))
  writeFileSync(
    at('cgi.cfg'),
    `main_config_file=${at('nagios.cfg')}\nphysical_html_path=${FILES}\nurl_html_path=/nagios4\nuse_authentication=0\nresult_limit=0\n`,
  )
  const port = await freePort()
  writeFileSync(at('apache.conf'), apacheText(at, port))
  const children = [run(NAGIOS, [at('nagios.cfg')]), run(APACHE, ['-f', at('apache.conf'), '-DFOREGROUND'])]
  const link = `http://127.0.0.1:${port}/cgi-bin/nagios4/status.cgi?hostgroup=all&style=hostdetail&limit=0`
  const rival = {
    name: 'Nagios 4.4.6',
    link,
    look: { list: 'table.status > tbody', marks: 'td.statusHOSTUP, td.statusEven, td.statusOdd' },
    async close() {
      for (const child of children) {
        if (child.exitCode === null && child.kill()) await once(child, 'exit')
      }
      rmSync(folder, { recursive: true, force: true })
    },
  }
  try {
    await until(async () => existsSync(at('rw/commands')))
    const now = Math.floor(Date.now() / 1_000)
    const results = names.map((name) => `[${now}] PROCESS_HOST_CHECK_RESULT;${name};0;serving`)
    writeFileSync(at('rw/commands'), `${results.join('\n')}\n`)
    await until(async () => {
      const text = await fetch(link).then(
        (answer) => answer.text(),
        () => '',
      )
      return text.split('>UP<').length > nodes
    })
    return rival
  } catch (error) {
    await rival.close()
    throw error
  }
}

function install(): void {
  if ([NAGIOS, APACHE, CGI].every((file) => existsSync(file))) return
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }
  const words = ['install', '-y', '-qq', '--no-install-recommends', ...PACKAGES]
  const { status } = spawnSync('apt-get', words, { env, stdio: 'ignore' })
  if (status !== 0) throw new Error(`apt could not install ${PACKAGES.join(' ')}`)
}

function run(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: 'ignore' })
}

function idOf(user: string): number {
  const { stdout, status } = spawnSync('id', ['-u', user], { encoding: 'utf8' })
  if (status !== 0) throw new Error(`there is no user ${user}`)
  return Number(stdout)
}

/** Nothing is checked: what is measured is the page. */
function hostsText(names: readonly string[]): string {
  const hosts = names.map(
    (name, index) =>
      `define host {\nhost_name ${name}\naddress 10.0.${index >> 8}.${index & 255}\nmax_check_attempts 1\nactive_checks_enabled 0\n}`,
  )
  return [
    ...hosts,
    `define hostgroup {\nhostgroup_name nodes\nmembers ${names.join(',')}\n}`,
    `define service {\nhost_name ${names[0]}\nservice_description none\nmax_check_attempts 1\nactive_checks_enabled 0\ncheck_command none\n}`,
    'define command {\ncommand_name none\ncommand_line /bin/true\n}',
    'define timeperiod {\ntimeperiod_name never\nalias never\n}',
    'define contact {\ncontact_name nobody\nhost_notification_period never\nservice_notification_period never\nhost_notification_commands none\nservice_notification_commands none\n}',
  ].join('\n')
}

function mainText(at: (name: string) => string): string {
  const settings = {
    cfg_file: at('hosts.cfg'),
    log_file: at('nagios.log'),
    object_cache_file: at('objects.cache'),
    status_file: at('status.dat'),
    status_update_interval: 1,
    command_file: at('rw/commands'),
    query_socket: at('rw/query'),
    lock_file: at('nagios.lock'),
    temp_file: at('nagios.tmp'),
    temp_path: at('spool'),
    check_result_path: at('spool'),
    check_external_commands: 1,
    nagios_user: 'nagios',
    nagios_group: 'nagios',
    illegal_macro_output_chars: '`~$&|\'"<>',
  }
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('')
}

function apacheText(at: (name: string) => string, port: number): string {
  return [
    'ServerName localhost',
    `Listen 127.0.0.1:${port}`,
    `PidFile ${at('apache.pid')}`,
    `ErrorLog ${at('apache.log')}`,
    'User www-data',
    'Group www-data',
    ...LOADED.map((name) => `LoadModule ${name}_module ${MODULES}/mod_${name}.so`),
    `ScriptSock ${at('cgid')}`,
    'TypesConfig /etc/mime.types',
    `SetEnv NAGIOS_CGI_CONFIG ${at('cgi.cfg')}`,
    `ScriptAlias /cgi-bin/nagios4 ${CGI}`,
    `Alias /nagios4/stylesheets /etc/nagios4/stylesheets`,
    `Alias /nagios4 ${FILES}`,
    'AddOutputFilterByType DEFLATE text/html text/css application/javascript text/javascript',
    '<Directory />\nRequire all granted\n</Directory>',
    '',
  ].join('\n')
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    if (await isSo()) return
    await new Promise((wake) => setTimeout(wake, LOOK_MS))
  }
  throw new Error('Nagios does not show its hosts')
}
