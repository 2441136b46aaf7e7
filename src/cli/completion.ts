import { type Command, GLOBAL_OPTIONS, type Option, type Suggestion } from './command.ts'

/** The shells that completion is made for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof SHELLS)[number]

/** The command that the shells ask; it is in no help. */
export const COMPLETE_COMMAND = '__complete'

/** Something that can stand at the cursor. */
export interface Candidate {
  word: string
  /** For shells that show one. */
  summary: string
}

/** What is asked for at the cursor, made from the table of commands. */
export type Wanted = { kind: 'words'; words: Candidate[] } | { kind: Suggestion }

/**
 * What fits at the cursor.
 * @param words what is typed after `ocm`; the last one is being typed and may be empty
 */
export function wantedAt(
  words: readonly string[],
  commands: readonly Command[],
  summaryOf: (item: Command | Option) => string,
): Wanted {
  const typed = words.at(-1) ?? ''
  const before = words.slice(0, -1)
  const plain = before.filter(
    (word, index) => !word.startsWith('-') && !takesValue(before[index - 1], commands),
  )
  const command = commands.find(({ path }) => path === plain.slice(0, path.split(' ').length).join(' '))
  const options = [...(command?.options ?? []), ...GLOBAL_OPTIONS]
  const awaited = options.find((option) => `--${option.name}` === before.at(-1) && option.kind !== 'flag')
  if (awaited) return valuesOf(awaited)
  const matching = (found: Candidate[]): Wanted => ({
    kind: 'words',
    words: found.filter(({ word }) => word.startsWith(typed)),
  })
  if (typed.startsWith('-'))
    return matching(
      options
        .filter(({ name, kind }) => kind === 'list' || !before.includes(`--${name}`))
        .map((option) => ({ word: `--${option.name}`, summary: summaryOf(option) })),
    )
  if (!command) return matching(commandWords(plain, commands, summaryOf))
  const operand = command.operands?.[plain.length - command.path.split(' ').length]
  return operand ? valuesOf(operand) : { kind: 'words', words: [] }
}

function takesValue(word: string | undefined, commands: readonly Command[]): boolean {
  const options = [...GLOBAL_OPTIONS, ...commands.flatMap(({ options: own = [] }) => own)]
  return options.some(({ name, kind }) => kind !== 'flag' && `--${name}` === word)
}

function commandWords(
  typed: readonly string[],
  commands: readonly Command[],
  summaryOf: (item: Command) => string,
): Candidate[] {
  const found = new Map<string, string>()
  for (const command of commands) {
    const words = command.path.split(' ')
    const word = words[typed.length]
    if (word === undefined || !typed.every((part, index) => part === words[index])) continue
    found.set(word, words.length > typed.length + 1 ? '' : summaryOf(command))
  }
  return [...found].map(([word, summary]) => ({ word, summary }))
}

function valuesOf(item: { choices?: readonly string[]; suggest?: Suggestion }): Wanted {
  if (item.choices) return { kind: 'words', words: item.choices.map((word) => ({ word, summary: '' })) }
  return item.suggest ? { kind: item.suggest } : { kind: 'words', words: [] }
}

/**
 * The script that a shell loads. It asks ocm itself, so that it never knows less than the program: one candidate per
 * line with its summary after a tab, or the single line `:file` where a file name is wanted.
 */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

const SCRIPTS: Record<Shell, string> = {
  bash: `# ocm completion for bash: source <(ocm completion bash)
_ocm() {
  local line
  COMPREPLY=()
  while IFS= read -r line; do
    if [[ $line == ":file" ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    [[ \${line%%$'\\t'*} == "\${COMP_WORDS[COMP_CWORD]}"* ]] && COMPREPLY+=("\${line%%$'\\t'*}")
  done < <(ocm ${COMPLETE_COMMAND} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -F _ocm ocm
`,
  zsh: `#compdef ocm
# ocm completion for zsh: source <(ocm completion zsh)
_ocm() {
  local line word
  local -a found
  while IFS= read -r line; do
    if [[ $line == ":file" ]]; then
      _files
      return
    fi
    word=\${line%%$'\\t'*}
    found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <(ocm ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'ocm' found
}
compdef _ocm ocm
`,
  fish: `# ocm completion for fish: ocm completion fish | source
function __ocm_complete
    set -l words (commandline -opc)
    set -l found (ocm ${COMPLETE_COMMAND} -- $words[2..-1] (commandline -ct) 2>/dev/null)
    if test "$found" = ":file"
        __fish_complete_path (commandline -ct)
    else
        printf '%s\\n' $found
    end
end
complete -c ocm -f -a '(__ocm_complete)'
`,
}
