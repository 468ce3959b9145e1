import type { Command, Option } from 'commander';

/**
 * What may stand in the place of the last word: commands, options, or the values of an option. Nothing where anything
 * may stand, such as a file. Pure.
 *
 * @param words what follows `spooky` on the command line; the last one may be empty or half written
 */
export function complete(program: Command, words: readonly string[]): string[] {
  // bash takes `--status=failed` apart.
  const [last = '', ...before] = words.filter((word) => word !== '=').toReversed();
  let command = program;
  let expected: Option | undefined;
  for (const word of before.toReversed()) {
    if (expected !== undefined) {
      expected = undefined;
      continue;
    }
    const option = optionsOf(command).find(({ long, short }) => word === long || word === short);
    if (option?.required) expected = option;
    command = command.commands.find((one) => one.name() === word) ?? command;
  }
  return candidates(command, expected, last).filter((candidate) => candidate.startsWith(last));
}

function candidates(command: Command, expected: Option | undefined, last: string): string[] {
  if (expected !== undefined) return [...(expected.argChoices ?? [])];
  const [name, value] = last.split('=', 2);
  if (value !== undefined) {
    const option = optionsOf(command).find(({ long }) => long === name);
    return (option?.argChoices ?? []).map((choice) => `${name}=${choice}`);
  }
  if (last.startsWith('-')) return [...optionsOf(command).map(({ long }) => long ?? ''), '--help'];
  const [argument] = command.registeredArguments;
  return [
    ...command
      .createHelp()
      .visibleCommands(command)
      .map((one) => one.name()),
    ...(argument?.argChoices ?? []),
  ];
}

/** Its own, and those of every command. */
function optionsOf(command: Command): Option[] {
  const parent = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...parent];
}
