import type {
  CommandEntry,
  InteractionView,
  MessageView,
  OptionEntry,
  PageState,
  SandboxLocale,
} from '../../../src/sandbox/discord/control.ts'

export const IDS = {
  guild: '1400000000000000001',
  ops: '1400000000000000101',
  alerts: '1400000000000000102',
  thread: '1400000000000000103',
  bot: '1400000000000000200',
  admin: '1400000000000000201',
  operator: '1400000000000000202',
  viewer: '1400000000000000203',
  roleAdmin: '1400000000000000301',
  roleOperator: '1400000000000000302',
  roleViewer: '1400000000000000303',
  command: '1400000000000000401',
}

/** A snowflake that carries `ms`. */
export function snowflakeAt(ms: number, counter = 0): string {
  return String(((BigInt(ms) - 1_420_070_400_000n) << 22n) + BigInt(counter))
}

export const USERS = [
  { id: IDS.bot, name: 'Ops Bot', roleIds: [], bot: true },
  { id: IDS.admin, name: 'Aiko', roleIds: [IDS.guild, IDS.roleAdmin], bot: false },
  { id: IDS.operator, name: 'Björn', roleIds: [IDS.guild, IDS.roleOperator], bot: false },
  { id: IDS.viewer, name: '陈晨', roleIds: [IDS.guild, IDS.roleViewer], bot: false },
]

export const ROLES = [
  { id: IDS.guild, name: '@everyone', permissions: '2248473465835073' },
  { id: IDS.roleAdmin, name: 'admin', permissions: '8' },
  { id: IDS.roleOperator, name: 'operator', permissions: '2048' },
  { id: IDS.roleViewer, name: 'viewer', permissions: '2048' },
]

export const CHANNELS: PageState['channels'] = [
  { id: IDS.ops, name: 'ops', type: 0, parentId: null },
  { id: IDS.thread, name: 'incident 42: kyoto-1 unreachable', type: 11, parentId: IDS.ops },
  { id: IDS.alerts, name: 'alerts', type: 0, parentId: null },
]

const PATHS: Record<SandboxLocale, Record<string, string>> = {
  'en-US': {
    node: 'node',
    list: 'list',
    status: 'status',
    restart: 'restart',
    logs: 'logs',
    register: 'register',
  },
  ja: { node: 'ノード', list: '一覧', status: '状態', restart: '再起動', logs: 'ログ', register: '登録' },
  'zh-CN': { node: '节点', list: '列表', status: '状态', restart: '重启', logs: '日志', register: '登记' },
}

const WORDS: Record<SandboxLocale, Record<string, string>> = {
  'en-US': {
    list: 'Every node at a glance, worst first',
    status: 'Everything about one node, read live',
    restart: 'Restart the gateway of a node, after a confirmation',
    logs: 'The last lines of a node, secrets removed',
    register: 'Take in a node that already runs',
    node: 'node',
    nodeHint: 'Name or id of the node',
    lines: 'lines',
    linesHint: 'How many lines, 1 to 200',
    follow: 'follow',
    followHint: 'Keep showing new lines for two minutes',
    tag: 'tag',
    tagHint: 'Only nodes with this tag',
    state: 'state',
    stateHint: 'Only nodes in this state',
    active: 'active',
    retired: 'retired',
    host: 'host',
    hostHint: 'Address that SSH reaches',
  },
  ja: {
    list: '全ノードを悪い順に一覧表示',
    status: '1 台のノードをその場で詳しく確認',
    restart: '確認のうえノードのゲートウェイを再起動',
    logs: 'ノードの最新ログ (秘密情報は伏せ字)',
    register: '稼働中のノードを登録',
    node: 'ノード',
    nodeHint: 'ノードの名前または ID',
    lines: '行数',
    linesHint: '表示する行数 (1〜200)',
    follow: '追尾',
    followHint: '新しい行を 2 分間表示し続ける',
    tag: 'タグ',
    tagHint: 'このタグのノードだけ',
    state: '状態',
    stateHint: 'この状態のノードだけ',
    active: '稼働',
    retired: '引退',
    host: 'ホスト',
    hostHint: 'SSH で届くアドレス',
  },
  'zh-CN': {
    list: '所有节点一览，最差的在前',
    status: '实时查看一个节点的全部信息',
    restart: '确认后重启节点网关',
    logs: '节点最近的日志（已隐去机密）',
    register: '登记已在运行的节点',
    node: '节点',
    nodeHint: '节点名称或 ID',
    lines: '行数',
    linesHint: '显示多少行，1 到 200',
    follow: '跟随',
    followHint: '两分钟内持续显示新行',
    tag: '标签',
    tagHint: '只看带此标签的节点',
    state: '状态',
    stateHint: '只看此状态的节点',
    active: '在用',
    retired: '退役',
    host: '主机',
    hostHint: 'SSH 可达的地址',
  },
}

function option(name: string, locale: SandboxLocale, more: Partial<OptionEntry>): OptionEntry {
  return {
    name,
    displayName: WORDS[locale][name] ?? name,
    description: WORDS[locale][`${name}Hint`] ?? name,
    type: 3,
    required: false,
    autocomplete: false,
    choices: [],
    minValue: null,
    maxValue: null,
    ...more,
  }
}

export function commands(locale: SandboxLocale, admin: boolean): CommandEntry[] {
  const words = WORDS[locale]
  const entry = (name: string, options: OptionEntry[], visible = true): CommandEntry => ({
    commandId: IDS.command,
    path: ['node', name],
    displayPath: [PATHS[locale].node ?? 'node', PATHS[locale][name] ?? name],
    description: words[name] ?? name,
    visible,
    options,
  })
  const node = option('node', locale, { required: true, autocomplete: true })
  const states = ['active', 'retired'].map((value) => ({ name: words[value] ?? value, value }))
  return [
    entry('list', [
      option('tag', locale, { autocomplete: true }),
      option('state', locale, { choices: states }),
    ]),
    entry('status', [node]),
    entry('restart', [node]),
    entry('logs', [
      node,
      option('lines', locale, { type: 4, minValue: 1, maxValue: 200 }),
      option('follow', locale, { type: 5 }),
    ]),
    entry('register', [option('host', locale, { required: true })], admin),
  ]
}

const text = (content: string) => ({ type: 10, content })
const button = (style: number, label: string, customId: string, more: object = {}) => ({
  type: 2,
  style,
  label,
  custom_id: customId,
  ...more,
})

export function message(more: Partial<MessageView> & { createdAt: number }): MessageView {
  return {
    id: snowflakeAt(more.createdAt),
    channelId: IDS.ops,
    authorId: IDS.bot,
    authorName: 'Ops Bot',
    authorIsBot: true,
    ephemeral: false,
    thinking: false,
    editedAt: null,
    invokedBy: null,
    raw: { type: 0, content: '', flags: 0, embeds: [], components: [], attachments: [] },
    pinged: [],
    threadId: null,
    ...more,
  }
}

const ESC = String.fromCharCode(27)

/** A fleet card as Components V2, with everything that such a card can hold. */
export function fleetCard(now: number): Record<string, unknown>[] {
  const ago = (seconds: number) => `<t:${Math.floor(now / 1000) - seconds}:R>`
  return [
    {
      type: 17,
      accent_color: 0xcf3f4a,
      components: [
        text(`## Fleet: 4 nodes\n-# 2 serving · 1 degraded · 1 unreachable · live ${ago(4)}`),
        { type: 14, divider: true, spacing: 1 },
        {
          type: 9,
          components: [
            text(`🔴 **kyoto-1** · unreachable\nNo answer on port 22 for 5 s. Last seen ${ago(754)}.`),
            text('-# Next: </node status:1400000000000000401>'),
          ],
          accessory: button(4, 'Restart', 'v1|restart|kyoto-1'),
        },
        {
          type: 9,
          components: [
            text(
              '🟡 **osaka-2** · serving, context nearly full\n`main` 184k / 200k (**92 %**) · disk 71 % · load 0.42',
            ),
          ],
          accessory: button(2, 'Details', 'v1|status|osaka-2'),
        },
        {
          type: 9,
          components: [
            text(
              '🟢 **tokyo-1** · serving\n3 agents, 11 sessions · 2026.9.6 · up 12 d · disk 38 % · load 0.11',
            ),
          ],
          accessory: button(2, 'Details', 'v1|status|tokyo-1'),
        },
        { type: 14, divider: true, spacing: 1 },
        {
          type: 1,
          components: [
            button(1, 'Refresh', 'v1|refresh', { emoji: { id: null, name: '🔄' } }),
            button(2, 'Previous', 'v1|page|0', { disabled: true }),
            button(2, 'Next', 'v1|page|2'),
            { type: 2, style: 5, label: 'Runbook', url: 'https://example.com/runbook' },
          ],
        },
      ],
    },
  ]
}

function confirmCard(): Record<string, unknown>[] {
  return [
    {
      type: 17,
      accent_color: 0xe7b455,
      components: [
        text(
          '### Restart osaka-2?\n1. Wait for **2 running turns** (60 s at most)\n2. `systemctl --user restart openclaw-gateway`\n3. Wait until the gateway serves again',
        ),
        text('-# Only <@1400000000000000202> can confirm. Expires in 5 minutes.'),
        {
          type: 1,
          components: [
            button(3, 'Restart now', 'v1|confirm|1'),
            button(4, 'Force', 'v1|force|1'),
            button(2, 'Cancel', 'v1|cancel|1'),
          ],
        },
        {
          type: 1,
          components: [
            {
              type: 3,
              custom_id: 'v1|scope',
              placeholder: 'What to restart',
              min_values: 1,
              max_values: 1,
              options: [
                {
                  label: 'Gateway only',
                  value: 'gateway',
                  description: 'Sessions are kept',
                  emoji: { name: '🚪' },
                },
                {
                  label: 'Gateway and agents',
                  value: 'all',
                  description: 'Running turns are lost',
                  emoji: { name: '🤖' },
                },
              ],
            },
          ],
        },
      ],
    },
  ]
}

/** A conversation that shows every kind of message. */
export function conversation(now: number, cdn: string): MessageView[] {
  const at = (minutes: number) => now - minutes * 60_000
  const log = {
    id: snowflakeAt(at(3), 9),
    filename: 'osaka-2.log',
    size: 5230,
    url: `${cdn}/cdn/osaka-2.log`,
    content_type: 'text/plain',
  }
  const chart = {
    id: snowflakeAt(at(3), 8),
    filename: 'load.svg',
    size: 900,
    url: `${cdn}/cdn/load.svg`,
    content_type: 'image/svg+xml',
  }
  return [
    message({
      createdAt: at(1500),
      authorId: IDS.operator,
      authorName: 'Björn',
      authorIsBot: false,
      raw: {
        type: 0,
        content: 'kyoto-1 looks **slow** today, anyone on it? See https://example.com/graphs',
        flags: 0,
      },
    }),
    message({
      createdAt: at(1499),
      authorId: IDS.operator,
      authorName: 'Björn',
      authorIsBot: false,
      raw: {
        type: 0,
        content: 'It answers `ssh`, but the gateway ~~is fine~~ *hangs*. ||Probably the disk.||',
        flags: 0,
      },
      editedAt: at(1498),
    }),
    message({
      createdAt: at(26),
      raw: {
        type: 0,
        content: '<@&1400000000000000301> **kyoto-1** stopped answering. </node status:1400000000000000401>',
        flags: 0,
        embeds: [
          {
            title: 'Incident 42',
            color: 0xcf3f4a,
            description: 'SSH times out after 5 s.',
            fields: [
              { name: 'Since', value: `<t:${Math.floor(at(27) / 1000)}:R>`, inline: true },
              { name: 'Agents', value: '3', inline: true },
              { name: 'Last load', value: '7.81', inline: true },
            ],
            footer: { text: 'monitor' },
          },
        ],
      },
      pinged: [IDS.roleAdmin],
      threadId: IDS.thread,
    }),
    message({
      createdAt: at(9),
      invokedBy: { userId: IDS.admin, userName: 'Aiko', label: '/node list' },
      editedAt: at(8),
      raw: { type: 20, flags: 32768, components: fleetCard(now), attachments: [] },
    }),
    message({
      createdAt: at(4),
      ephemeral: true,
      invokedBy: { userId: IDS.admin, userName: 'Aiko', label: '/node restart' },
      raw: { type: 20, flags: 32768 + 64, components: confirmCard(), attachments: [] },
    }),
    message({
      createdAt: at(3),
      invokedBy: { userId: IDS.operator, userName: 'Björn', label: '/node logs' },
      raw: {
        type: 20,
        flags: 32768,
        attachments: [log, chart],
        components: [
          {
            type: 17,
            accent_color: 0x23845a,
            components: [
              text(
                `### osaka-2 · last 4 lines\n\`\`\`ansi\n${ESC}[32m12:01:07${ESC}[0m gateway listening on 18789\n${ESC}[33m12:03:40${ESC}[0m context of main at 92 %\n${ESC}[1;31m12:04:12${ESC}[0m provider timed out, retrying\n\`\`\``,
              ),
              { type: 12, items: [{ media: { url: chart.url }, description: 'Load over the last hour' }] },
              { type: 13, file: { url: log.url }, name: log.filename, size: log.size },
            ],
          },
        ],
      },
    }),
    message({
      createdAt: at(1),
      thinking: true,
      invokedBy: { userId: IDS.admin, userName: 'Aiko', label: '/node status' },
      raw: { type: 20, flags: 128, content: '', components: [] },
    }),
  ]
}

/** A form with every kind of field. */
export function restartForm(): Record<string, unknown> {
  const label = (words: string, component: object, description?: string) => ({
    type: 18,
    label: words,
    ...(description === undefined ? {} : { description }),
    component,
  })
  return {
    custom_id: 'v1|form|osaka-2',
    title: 'Retire osaka-2',
    components: [
      text('**2 sessions** are open on this node. Its agents keep running; monitoring stops.'),
      label('Scope', {
        type: 21,
        custom_id: 'scope',
        options: [
          { label: 'This node', value: 'node', description: 'Only osaka-2', default: true },
          { label: 'Every node with its tag', value: 'tag' },
        ],
      }),
      label(
        'Type the node name',
        { type: 4, custom_id: 'name', style: 1, min_length: 3, max_length: 32, placeholder: 'osaka-2' },
        'So that nobody retires the wrong one.',
      ),
      label('Reason', {
        type: 3,
        custom_id: 'reason',
        placeholder: 'Why?',
        options: [
          { label: 'Replaced', value: 'replaced' },
          { label: 'No longer needed', value: 'unneeded' },
        ],
      }),
      label('I know that', {
        type: 22,
        custom_id: 'known',
        min_values: 1,
        options: [{ label: 'its agents may still be running', value: 'agents' }],
      }),
    ],
  }
}

export function interaction(more: Partial<InteractionView> & { id: string }): InteractionView {
  return {
    userId: IDS.admin,
    channelId: IDS.ops,
    kind: 'command',
    state: 'waiting',
    label: '/node list',
    modal: null,
    messageId: null,
    ...more,
  }
}
