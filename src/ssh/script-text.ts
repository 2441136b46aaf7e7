import type { ScriptText } from './ssh.ts'

/**
 * Makes program text for {@link SshSession.script}. The template is taken raw, so a backslash stays a backslash;
 * only `\${` and an escaped backtick lose theirs. It accepts no values: data goes into `args`.
 */
export function scriptText(strings: TemplateStringsArray): ScriptText {
  return makeScript(strings, 'subshell')
}

/** Like {@link scriptText}, run without a fork; see {@link ScriptText.isolation} for how the text must behave. */
export function inlineScriptText(strings: TemplateStringsArray): ScriptText {
  return makeScript(strings, 'inline')
}

/** Like {@link inlineScriptText}, in a bash where the node has one; see {@link ScriptText.shell}. */
export function inlineBashText(strings: TemplateStringsArray): ScriptText {
  return makeScript(strings, 'inline', 'bash')
}

function makeScript(
  strings: TemplateStringsArray,
  isolation: ScriptText['isolation'],
  shell: ScriptText['shell'] = 'any',
): ScriptText {
  const [text, ...rest] = strings.raw
  if (text === undefined || rest.length > 0) throw new TypeError('a script text takes no values; use args')
  if (text.trim() === '') throw new TypeError('a script text must not be empty')
  return Object.freeze({
    text: text.replaceAll('\\${', '${').replaceAll('\\`', '`'),
    isolation,
    shell,
  }) as ScriptText
}
