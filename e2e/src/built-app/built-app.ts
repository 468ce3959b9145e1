import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type PreviewServer, preview } from 'vite';
import { freePort } from '../free-port.ts';
import { Stack, type StackOptions } from '../stack.ts';
import { type Build, folderOf } from './build.ts';
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

  /** Starts a stack, and serves the web app or another build. */
  static async start(options: StackOptions = {}, build: Build = {}): Promise<BuiltApp> {
    const { root = WEB } = build;
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const [files, stack, folder] = await Promise.all([
      folderOf(build),
      Stack.start({ ...options, env: { ...options.env, SPOOKY_ORIGINS: url } }),
      mkdtemp(join(tmpdir(), 'spookify-served-')),
    ]);
    await cp(files, folder, { recursive: true });
    const server = await preview({
      root,
      configFile: join(root, 'vite.config.ts'),
      // The proxy reports every socket that a page closes.
      logLevel: 'silent',
      build: { outDir: folder },
      preview: { host: '127.0.0.1', port, strictPort: true, proxy: { '^/spooky/': { target: stack.urls.gateway } } },
    });
    return new BuiltApp(url, stack, folder, server);
  }

  /** Serves the files of another build. Files of earlier ones are gone. */
  async deploy(build: Build): Promise<void> {
    const files = await folderOf(build);
    for (const name of await readdir(this.#folder)) await rm(join(this.#folder, name), { recursive: true });
    await cp(files, this.#folder, { recursive: true });
  }

  /** Serves one file of another build. */
  async deployFile(build: Build, name: string): Promise<void> {
    await cp(join(await folderOf(build), name), join(this.#folder, name));
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
