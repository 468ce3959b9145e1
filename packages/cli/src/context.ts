import type { Command } from 'commander';
import type { Logger } from 'pino';
import { type Colors, createColors, wantsColor } from './output/colors.ts';
import { logLine } from './output/log-record.ts';
import { printableInColor, printableJson, printableLines } from './output/printable.ts';
import { createLineOutput, type LineOutput } from './output/stdout.ts';
import type { Environment, ProjectOptions } from './project.ts';

export type LogLevel = 'none' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/** What every command gets from the options that all commands share. */
export interface Context {
  readonly file: string | undefined;
  readonly json: boolean;
  readonly colors: Colors;
  readonly env: Environment;
  readonly output: LineOutput;
  /**
   * Prints a result: `event` as a line of JSON with `--json`, otherwise `text`, with control characters escaped except for
   * `colors`.
   */
  result(event: Record<string, unknown>, text: string): void;
  /** The logger of a long-running command. It writes readable lines on a terminal, otherwise JSON. Default level: `info`. */
  logger(level?: LogLevel): Promise<Logger>;
}

const output = createLineOutput(process.stdout);

export function contextOf(command: Command): Context {
  const {
    config,
    json = false,
    color,
  } = command.optsWithGlobals<{ config?: string; json?: boolean; color?: boolean }>();
  const colors = createColors(!json && wantsColor(process.env, process.stdout.isTTY === true, color));
  const readable = !json && process.stdout.isTTY === true;
  return {
    // A copy, because opening the engine sets a variable of this process, which `spooky dev` would take for an edit.
    ...{ file: config, json, colors, env: { ...process.env }, output },
    result: (event, text) => {
      const shown = colors.enabled ? printableInColor(text) : printableLines(text);
      output.write(json ? printableJson(event) : shown);
    },
    logger: async (name = 'info') => {
      const { pino } = await import('pino');
      const level = name === 'none' ? 'silent' : name;
      const options = readable ? { base: null, level } : { level };
      return pino(options, { write: (line) => output.write(logLine(line, readable)) });
    },
  };
}

export function projectOptions({ file, env }: Context): ProjectOptions {
  return { file, env };
}
