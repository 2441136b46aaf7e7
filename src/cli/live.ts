import { stripVTControlCharacters } from 'node:util'
import type { Terminal } from './terminal.ts'
import { widthOf } from './width.ts'

/** A text that is drawn over itself while it grows; on a terminal only. */
export interface LiveText {
  /** Draws an interim state; nothing where it would not fit the screen, because what scrolled away stays. */
  draw(text: string): void
  /** Takes away the interim state, so that the final text stands where it was. */
  clear(): void
}

/** Live text on standard output; without a terminal it draws nothing. */
export function createLiveText(terminal: Terminal): LiveText {
  let lines = 0
  const clear = () => {
    if (lines > 0) terminal.out(`\u001b[${lines}A\u001b[J`)
    lines = 0
  }
  return {
    draw(text) {
      const screen = terminal.screen()
      clear()
      if (screen === null) return
      const needed = rowsOf(text, screen.columns)
      if (needed >= screen.rows) return
      terminal.out(text)
      lines = needed
    },
    clear,
  }
}

/** How many rows of the screen a text takes: a line that is too long goes on in the next one. */
function rowsOf(text: string, columns: number): number {
  return text
    .split('\n')
    .slice(0, -1)
    .reduce((sum, line) => sum + Math.max(1, Math.ceil(widthOf(stripVTControlCharacters(line)) / columns)), 0)
}
