/** The inputs of the composer. */
import { h } from './dom.js'

/** A text input that no browser fills in or corrects. */
export function textInput(attributes) {
  return h('input', {
    type: 'text',
    autocomplete: 'off',
    autocapitalize: 'off',
    autocorrect: 'off',
    spellcheck: 'false',
    enterkeyhint: 'send',
    ...attributes,
  })
}

/** Makes an input as wide as its text; a CJK letter takes two columns. */
export function fitToText(input) {
  let columns = 0
  for (const char of input.value)
    columns += /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/.test(char)
      ? 2
      : 1
  input.style.width = `${Math.min(Math.max(columns, 6) + 1.5, 42)}ch`
}
