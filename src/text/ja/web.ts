import type { web as source } from '../en/web.ts'

/** The page in a browser, in Japanese. */
export const web = {
  'operation.web-login': 'ページへのリンクの発行',
  'command.web': 'ウェブ',
  'command.web.description': 'ブラウザで見るフリートのページ',
  'command.web.login': 'ログイン',
  'command.web.login.description': '自分としてサインインした状態でページを開くリンク',
  'cli.group.web': 'ブラウザで見るページ',
  'web.link': 'ページへのリンク',
  'web.link.once':
    '{when} まで、1 回だけサインインできます。リンクを開いた人はあなたとして扱われるため、誰にも渡さないでください。',
} as const satisfies Record<keyof typeof source, string>
