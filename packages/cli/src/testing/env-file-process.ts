/** A child process that adds secrets to the env-file of each message, and answers with the values. */
import { extendEnvFile } from '../env-file.ts';

process.on('message', async ({ file, names }: { file: string; names: string[] }) => {
  const { values } = await extendEnvFile(file, names, (name) => `${name}-of-${process.pid}`);
  process.send?.(values);
});
process.send?.('ready');
