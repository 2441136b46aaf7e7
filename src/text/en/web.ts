/** The page in a browser: how somebody gets there. */
export const web = {
  'operation.web-login': 'link to the page',
  'command.web': 'web',
  'command.web.description': 'The fleet as a page in a browser',
  'command.web.login': 'login',
  'command.web.login.description': 'A link that opens the page, signed in as you',
  'cli.group.web': 'The page in a browser',
  'web.link': 'Your link to the page',
  'web.link.once': 'It signs in once, until {when}. Give it to nobody: whoever opens it is you.',
} as const satisfies Record<string, string>
