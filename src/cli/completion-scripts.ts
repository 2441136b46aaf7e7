import { COMPLETE_COMMAND, type Shell } from './shells.ts'

/**
 * The script that a shell loads. It asks ocm itself, so that it never knows less than the program: one candidate per
 * line with its summary after a tab, or the single line `:file` where a file name is wanted.
 */
export function completionScript(shell: Shell): string {
  return SCRIPTS[shell]
}

/** bash takes a word apart at `=` and `:`, and expects only the last part of it as the answer. */
const BASH = `# ocm completion for bash: source <(ocm completion bash)
_ocm() {
  local line part glue= cut
  local -a typed=()
  COMPREPLY=()
  for part in "\${COMP_WORDS[@]:1:COMP_CWORD}"; do
    if [[ -n $glue || ( $part == [=:]* && \${#typed[@]} -gt 0 ) ]]; then
      typed[-1]+=$part
    else
      typed+=("$part")
    fi
    glue=
    [[ $part == [=:] ]] && glue=1
  done
  cut=\${typed[-1]}
  [[ -z $glue ]] && cut=\${cut%"$part"}
  while IFS= read -r line; do
    if [[ $line == ":file" ]]; then
      compopt -o default 2>/dev/null
      return
    fi
    line=\${line%%$'\\t'*}
    [[ $line == "\${typed[-1]}"* ]] && COMPREPLY+=("\${line#"$cut"}")
  done < <(ocm ${COMPLETE_COMMAND} -- "\${typed[@]}" 2>/dev/null)
}
complete -F _ocm ocm
`

/** Works when it is sourced and as a file in $fpath, also where compinit has not run. */
const ZSH = `#compdef ocm
# ocm completion for zsh: source <(ocm completion zsh)
_ocm() {
  local line word
  local -a found
  while IFS= read -r line; do
    if [[ $line == ":file" ]]; then
      compset -P '--*='
      _files
      return
    fi
    line=\${line//\\\\/\\\\\\\\}
    word=\${line%%$'\\t'*}
    found+=("\${word//:/\\\\:}:\${line#*$'\\t'}")
  done < <(ocm ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  _describe 'ocm' found
}
if [[ $zsh_eval_context[-1] == loadautofunc ]]; then
  _ocm "$@"
else
  (( $+functions[compdef] )) || { autoload -Uz compinit && compinit -i }
  compdef _ocm ocm
fi
`

const FISH = `# ocm completion for fish: ocm completion fish | source
function __ocm_complete
    set -l words (commandline -opc)
    set -l typed (commandline -ct)
    set -l unquoted (string unescape -- $typed); and set typed $unquoted
    set -l found (ocm ${COMPLETE_COMMAND} -- $words[2..-1] $typed 2>/dev/null)
    if test "$found" = ":file"
        set -l option (string match -r -- '^--[^=]*=' $typed)
        printf '%s\\n' "$option"(__fish_complete_path (string replace -- "$option" '' $typed))
    else
        printf '%s\\n' $found
    end
end
complete -c ocm -f -a '(__ocm_complete)'
`

const SCRIPTS: Record<Shell, string> = { bash: BASH, zsh: ZSH, fish: FISH }
