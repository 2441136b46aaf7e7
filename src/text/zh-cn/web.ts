import type { web as source } from '../en/web.ts'

/** The page in a browser, in Simplified Chinese. */
export const web = {
  'operation.web-login': '获取页面链接',
  'command.web': '网页',
  'command.web.description': '在浏览器中查看集群',
  'command.web.login': '登录',
  'command.web.login.description': '以你的身份登录并打开页面的链接',
  'cli.group.web': '浏览器中的页面',
  'web.link': '你的页面链接',
  'web.link.once': '在 {when} 之前可登录一次。请勿转交他人：打开链接的人将以你的身份登录。',
} as const satisfies Record<keyof typeof source, string>
