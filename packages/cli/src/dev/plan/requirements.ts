import { access, constants } from 'node:fs/promises';
import path from 'node:path';
import type { SpookyConfig } from '@spookify/config';
import { CliError } from '../../errors.ts';
import { neededProgram } from './dev-command.ts';
import { devCommands, pnpmFolders } from './dev-files.ts';

const REMEDY = {
  docker: 'install Docker (https://docs.docker.com/get-docker/)',
  uv: 'install uv (https://docs.astral.sh/uv/)',
  pnpm: 'install pnpm (https://pnpm.io/installation), because the project has its lockfile',
};

/**
 * Checks that the programs of the dev commands are installed, before anything starts.
 *
 * @throws CliError `SPOOKY_CLI_MISSING_PROGRAM` with every missing program and the commands that need it
 */
export async function requirePrograms(config: SpookyConfig, searchPath: string): Promise<void> {
  const missing: string[] = [];
  const pnpm = await pnpmFolders(config);
  for (const [place, dev] of devCommands(config)) {
    const program = neededProgram(dev, pnpm);
    if (program === undefined || (await isOnPath(program, searchPath))) continue;
    missing.push(
      `${place} needs ${program}, which is not on the PATH; ${REMEDY[program]}, or use another dev command.`,
    );
  }
  if (missing.length > 0) throw new CliError('SPOOKY_CLI_MISSING_PROGRAM', missing.join('\n'));
}

async function isOnPath(program: string, searchPath: string): Promise<boolean> {
  const names = process.platform === 'win32' ? [`${program}.exe`, `${program}.cmd`] : [program];
  const files = searchPath
    .split(path.delimiter)
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => path.join(folder, name)));
  const found = await Promise.all(
    files.map((file) =>
      access(file, constants.X_OK).then(
        () => true,
        () => false,
      ),
    ),
  );
  return found.includes(true);
}
