/** Characters of the long ones. */
export const LONG = 100_000

/** Texts that try to be more than text. What a shell would run leaves a file in `canaries`. */
export function hostileTexts(canaries: string): Record<string, string> {
  let made = 0
  const touch = () => {
    made += 1
    return `touch ${canaries}/${made}`
  }
  return {
    'command substitution': `$(${touch()})`,
    backticks: `\`${touch()}\``,
    'command list': `x; ${touch()}; ${touch()} & ${touch()} | ${touch()} || ${touch()}`,
    quotes: `'; ${touch()}; ' "; ${touch()}; " \\'; ${touch()} #`,
    'line feeds': `x\n${touch()}\r\n${touch()}\n`,
    options: `--help -oProxyCommand=${touch().replace(' ', '\t')}`,
    paths: '../../../../etc/passwd',
    'node source': `"); require('child_process').execSync('${touch()}'); ("`,
    mentions: '@everyone @here <@123456789012345678> <@&123456789012345678> <#123456789012345678> @​everyone',
    markdown:
      '# big\n> quote\n- item **b** __u__ ~~s~~ ||spoiler|| ```\nblock``` `code` [a](https://evil.example)',
    'discord tags': '</node retire:1> <t:0:R> <:x:123456789012345678> <id:customize> https://evil.example',
    terminal: '\u001b[31mred\u001b[0m \u001b]0;title\u0007 \u001b]8;;https://evil.example\u0007link\u009b2J',
    bidi: '\u202eevil\u202c \u2066a\u2069 \u200bzero\u200d\ufeff\u00ad',
    'control characters': 'a\u0000b\u0001c\u007fd\u0085e\u2028f',
    'half characters': '\ud800 \udfff 🦞\ud83e',
    'custom id': 'v1|confirm|yes|x',
    prototype: '__proto__',
    template: '{node} {/node list} {1} %s %n [x{y}] $& $1',
    long: 'A'.repeat(LONG),
    'long markup': '*_`|~<@1>'.repeat(LONG / 9),
    'long and wide': '漢🦞'.repeat(LONG / 3),
  }
}
