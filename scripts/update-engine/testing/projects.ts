/** Repositories in a temporary folder: a part of this project, and clones of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** Some files of each kind: one package, the manifests of its dependents, and files that an owner changes. */
const COPIED =
  /^(?:packages\/config\/|packages\/[^/]+\/package\.json$|bench\/|scripts\/|apps\/|schema\/|docs\/[^/]+\.md$|[^/]+$)/;

const ROOT = path.resolve(import.meta.dirname, '../../..');

/** A git repository with files, and what tests do in it. */
export class Project {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  at(file: string): string {
    return path.join(this.root, file);
  }

  has(file: string): boolean {
    return existsSync(this.at(file));
  }

  read(file: string): string {
    return readFileSync(this.at(file), 'utf8');
  }

  write(file: string, text: string): void {
    mkdirSync(path.dirname(this.at(file)), { recursive: true });
    writeFileSync(this.at(file), text);
  }

  append(file: string, text: string): void {
    appendFileSync(this.at(file), text);
  }

  replace(file: string, before: string, after: string): void {
    const text = this.read(file);
    if (!text.includes(before)) throw new Error(`${file} has no ${before}`);
    this.write(file, text.replace(before, after));
  }

  git(...args: string[]): string {
    const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.com', '-c', 'commit.gpgsign=false'];
    return execFileSync('git', ['-C', this.root, ...identity, ...args], { encoding: 'utf8', stdio: 'pipe' });
  }

  commit(subject: string): string {
    this.git('add', '--all');
    this.git('commit', '--quiet', '--message', subject);
    return this.git('rev-parse', 'HEAD').trim();
  }

  /** Returns the differences to the last commit, each as ` M file`. */
  changes(): string[] {
    return this.git('status', '--porcelain', '--untracked-files=all')
      .split('\n')
      .filter((line) => line !== '');
  }

  /** Runs a script or a Node program in this project and returns all output. */
  run(script: string, ...args: string[]): { code: number | null; output: string } {
    const { status, stdout, stderr } = spawnSync(process.execPath, ['--conditions=source', script, ...args], {
      cwd: this.root,
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: this.root, NO_COLOR: '1' },
    });
    return { code: status, output: stdout + stderr };
  }

  updateEngine(...args: string[]): { code: number | null; output: string } {
    return this.run('scripts/update-engine.ts', ...args);
  }

  /** A tool of this project's node_modules. */
  runTool(tool: string, ...args: string[]): { code: number | null; output: string } {
    return this.run(path.join(ROOT, 'node_modules', tool), ...args);
  }

  /** Links modules as `npm install` would: installed packages are those of this project, our packages those of the copy. */
  linkModules(): void {
    const { name } = JSON.parse(this.read('package.json')) as { name: string };
    const { name: former } = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as { name: string };
    mkdirSync(this.at(`node_modules/@${name}`), { recursive: true });
    for (const module of readdirSync(path.join(ROOT, 'node_modules'))) {
      if (module === `@${former}` || module.startsWith('.')) continue;
      symlinkSync(path.join(ROOT, 'node_modules', module), this.at(`node_modules/${module}`));
    }
    for (const folder of readdirSync(this.at('packages'))) {
      symlinkSync(this.at(`packages/${folder}`), this.at(`node_modules/@${name}/${folder}`));
    }
  }
}

/** A temporary folder with projects in it. */
export class Projects {
  readonly #folder: string;

  private constructor(folder: string) {
    this.#folder = folder;
  }

  static async create(): Promise<Projects> {
    return new Projects(await mkdtemp(path.join(tmpdir(), 'spooky-update-test-')));
  }

  remove(): Promise<void> {
    return rm(this.#folder, { recursive: true, force: true, maxRetries: 10 });
  }

  /** A repository without commits. */
  empty(name: string): Project {
    const project = new Project(path.join(this.#folder, name));
    mkdirSync(project.root, { recursive: true });
    project.git('init', '--quiet', '--initial-branch=main');
    return project;
  }

  /** Creates a repository with a part of this project, including files that are not committed. */
  async ofThis(name: string): Promise<Project> {
    const project = this.empty(name);
    const list = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: ROOT });
    const files = list.toString().split('\0');
    for (const file of files.filter((one) => COPIED.test(one) && existsSync(path.join(ROOT, one)))) {
      await cp(path.join(ROOT, file), project.at(file));
    }
    return project;
  }

  /** Creates a repository with the files of a commit as a single commit, as hosts do for a template. */
  squashed(upstream: Project, name: string, commit: string): Project {
    const project = this.empty(name);
    const archive = execFileSync('git', ['-C', upstream.root, 'archive', commit], { maxBuffer: 1 << 28 });
    execFileSync('tar', ['-x', '-C', project.root], { input: archive });
    project.commit('Start from the template');
    return project;
  }
}
