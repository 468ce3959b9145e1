import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { createInterface } from 'node:readline';

const compiler = createRequire(import.meta.url).resolve('typescript/lib/tsc.js');
const OPTIONS = ['-p', 'tsconfig.build.json', '--watch', '--preserveWatchOutput', '--listEmittedFiles'];

/** The TypeScript compiler in watch mode on one package. */
export interface WatchCompiler {
  /** Whether a build is in progress. */
  readonly isBusy: boolean;
  /** Resolves when the compiler has ended. */
  stop(): Promise<void>;
}

/**
 * Builds the package at once and after every edit.
 *
 * @param built called after each build; `changed` says whether the emitted code changed
 * @param ended called when the compiler ends by itself
 */
export function startCompiler(
  packageRoot: string,
  built: (changed: boolean) => void,
  ended: () => void,
): WatchCompiler {
  let isBusy = true;
  let changed = false;
  let stopping = false;
  const gone = Promise.withResolvers<void>();
  const child = spawn(process.execPath, [compiler, ...OPTIONS], {
    cwd: packageRoot,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  createInterface({ input: child.stdout }).on('line', (line) => {
    const [, file] = /^TSFILE: (.*)$/.exec(line) ?? [];
    if (file !== undefined) {
      changed ||= file.endsWith('.js');
      return;
    }
    if (line !== '') console.log(line);
    if (/Starting (?:incremental )?compilation/.test(line)) {
      isBusy = true;
    } else if (/Watching for file changes\.$/.test(line)) {
      const news = changed;
      [isBusy, changed] = [false, false];
      built(news);
    }
  });
  // After its last line was read.
  child.once('close', () => {
    // An interrupted compiler may have stamped a build that is older than the last edit.
    if (isBusy) rmSync(path.join(packageRoot, 'dist/.tsbuildinfo'), { force: true });
    gone.resolve();
    if (!stopping) ended();
  });
  return {
    get isBusy() {
      return isBusy;
    },
    stop() {
      stopping = true;
      child.kill('SIGTERM');
      return gone.promise;
    },
  };
}
