/** The completion scripts of the shells. They call the `spooky` of the command line, so they work with any version of it. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;

export type Shell = (typeof SHELLS)[number];

/** The hidden command that the scripts call. */
export const COMPLETE = '__complete';

export const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `_spooky() {
  local IFS=$'\\n' word="\${COMP_WORDS[COMP_CWORD]}"
  [ "$word" = "=" ] && word=""
  COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" ${COMPLETE} -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)" -- "$word"))
}
complete -o default -F _spooky spooky`,
  zsh: `#compdef spooky
_spooky() {
  local -a found
  found=(\${(f)"$("\${words[1]}" ${COMPLETE} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"})
  if (( $#found )); then compadd -- $found; else _files; fi
}
compdef _spooky spooky`,
  fish: `function __spooky_complete
  set -l words (commandline -opc)
  $words[1] ${COMPLETE} -- $words[2..-1] (commandline -ct | string collect --allow-empty) 2>/dev/null
end
complete -c spooky -f -a '(__spooky_complete)'
complete -c spooky -l config -r -F`,
};
