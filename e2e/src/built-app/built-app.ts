import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PreviewServer, preview } from 'vite';
import { freePort } from '../free-port.ts';
import { Stack, type StackOptions } from '../stack.ts';
import { buildOf } from './build.ts';
import { WEB } from './web.ts';

/** The production build of the web app, served on one origin with the gateway of a real stack, as a web server does. */
export class BuiltApp {
  /** The address of the page. */
  readonly url: string;
  readonly stack: Stack;
  readonly #folder: string;
  readonly #server: PreviewServer;

  private constructor(url: string, stack: Stack, folder: string, server: PreviewServer) {
    this.url = url;
    this.stack = stack;
    this.#folder = folder;
    this.#server = server;
  }

  /** @param version the version of the build, as for `buildOf` */
  static async start(options: StackOptions = {}, version?: string): Promise<BuiltApp> {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const [build, stack, folder] = await Promise.all([
      buildOf(version),
      Stack.start({ ...options, env: { ...options.env, SPOOKY_ORIGINS: url } }),
      mkdtemp(join(tmpdir(), 'spookify-served-')),
    ]);
    await cp(build, folder, { recursive: true });
    const server = await preview({
      root: WEB,
      configFile: join(WEB, 'vite.config.ts'),
      logLevel: 'warn',
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port, strictPort: true, proxy: { '^/spooky/': { target: stack.urls.gateway } } },
    });
    return new BuiltApp(url, stack, folder, server);
  }

  /** Serves the files of another build. Files of earlier ones are gone. */
  async deploy(version: string): Promise<void> {
    const build = await buildOf(version);
    for (const name of await readdir(this.#folder)) await rm(join(this.#folder, name), { recursive: true });
    await cp(build, this.#folder, { recursive: true });
  }

  /** Serves one file of another build. */
  async deployFile(version: string, name: string): Promise<void> {
    await cp(join(await buildOf(version), name), join(this.#folder, name));
  }

  /** Ends the web server. The stack still runs. */
  async stopServing(): Promise<void> {
    await this.#server.close();
  }

  async stop(): Promise<void> {
    await this.stopServing();
    await this.stack.stop();
    await rm(this.#folder, { recursive: true });
  }
}
