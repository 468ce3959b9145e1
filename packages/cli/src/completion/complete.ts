import type { Command, Option } from 'commander';

/**
 * Completes the last word with commands, options, or the values of an option. Returns nothing where any value is possible, such as a
 * file. Pure.
 *
 * @param words the words after `spooky` on the command line; the last one may be empty or incomplete
 */
export function complete(program: Command, words: readonly string[]): string[] {
  // bash splits `--status=failed` into three words.
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

/** The options of a command and of its parents. */
function optionsOf(command: Command): Option[] {
  const parent = command.parent === null ? [] : optionsOf(command.parent);
  return [...command.options, ...parent];
}
