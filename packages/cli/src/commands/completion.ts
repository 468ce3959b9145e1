import { Argument, type Command } from 'commander';
import { complete } from '../completion/complete.ts';
import { COMPLETE, SCRIPTS, SHELLS, type Shell } from '../completion/scripts.ts';

export function addCompletionCommand(program: Command): void {
  program
    .command('completion')
    .summary('print a completion script for your shell')
    .description('Prints a script with which your shell completes commands, options and their values.')
    .addArgument(new Argument('<shell>', 'your shell').choices(SHELLS))
    .addHelpText(
      'after',
      '\nExample:\n  $ source <(spooky completion bash)          # in ~/.bashrc\n  $ source <(spooky completion zsh)           # in ~/.zshrc, after compinit\n  $ spooky completion fish | source           # in config.fish',
    )
    .action((shell: Shell) => console.log(SCRIPTS[shell]));

  program
    .command(COMPLETE, { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => console.log(complete(program, words).join('\n')));
}
