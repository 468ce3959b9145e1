import { stat } from 'node:fs/promises';
import path from 'node:path';
import { closest } from './did-you-mean.ts';
import { parseEnvFile } from './env-file.ts';
import { ConfigError, type ConfigIssue } from './errors.ts';
import type { Fault } from './explain.ts';
import { whyNoScript } from './npm-script.ts';
import { type Route, readSpec } from './openapi.ts';
import { valueAt } from './schema-lookup.ts';
import type { PathSegment } from './source.ts';
import { readText } from './text-file.ts';

type Kind = 'file' | 'folder';

export interface References {
  readonly faults: readonly Fault[];
  /** Problems in the specs and env-files, with positions in those files. */
  readonly issues: readonly ConfigIssue[];
  /** Parts of the specs that are ignored. */
  readonly warnings: readonly ConfigIssue[];
  /** The routes by backend. */
  readonly routes: ReadonlyMap<string, Readonly<Record<string, Route>>>;
}

/**
 * Checks what sp00ky.yml refers to: files, specs, scripts, and tables that are shared by mistake. It reads the tree
 * before validation, so that these faults are reported together with those of the validator.
 */
export async function checkReferences(root: string, tree: unknown): Promise<References> {
  const faults: Fault[] = [];
  const issues: ConfigIssue[] = [];
  const warnings: ConfigIssue[] = [];
  const warned = new Set<string>();
  const routes = new Map<string, Readonly<Record<string, Route>>>();

  const expect = async (kind: Kind, at: readonly PathSegment[]): Promise<string | undefined> => {
    const value = at.reduce<unknown>(valueAt, tree);
    if (typeof value !== 'string' || value.trim() === '') return undefined;
    const place = path.resolve(root, value);
    const message = await whyUnusable(kind, place, root);
    if (message === undefined) return place;
    faults.push({ code: 'SPOOKY_CONFIG_MISSING_FILE', path: at, message });
    return undefined;
  };
  const expectDev = async (at: readonly PathSegment[]): Promise<void> => {
    const dev = at.reduce<unknown>(valueAt, tree);
    const workdir = await expect('folder', [...at, 'workdir']);
    const folder = valueAt(dev, 'workdir') === undefined ? root : workdir;
    const script = valueAt(dev, 'script');
    if (valueAt(dev, 'type') === 'npm' && typeof script === 'string' && script !== '' && folder !== undefined) {
      const message = await whyNoScript(script, folder, root);
      if (message !== undefined)
        faults.push({ code: 'SPOOKY_CONFIG_UNKNOWN_SCRIPT', path: [...at, 'script'], message });
    }
    await expect('file', [...at, 'file']);
    const envFile = await expect('file', [...at, 'env-file']);
    if (envFile !== undefined) issues.push(...(await envFileIssues(envFile)));
  };

  const schema =
    (await expect('folder', ['schema'])) ?? (valueAt(tree, 'schema') ? undefined : path.join(root, 'schema'));
  if (schema !== undefined) {
    const message = await whyUnusable('file', path.join(schema, 'schema.surql'), root);
    if (message !== undefined) faults.push({ code: 'SPOOKY_CONFIG_MISSING_FILE', path: ['schema'], message });
  }
  await expectDev(['frontend', 'dev']);

  const owners = new Map<string, string>();
  for (const name of Object.keys(Object(valueAt(tree, 'backends')))) {
    const at = ['backends', name];
    const spec = await expect('file', [...at, 'spec']);
    if (spec !== undefined) {
      const read = await readSpec(spec);
      routes.set(name, read.routes);
      issues.push(...read.issues);
      // Backends may share a spec.
      if (!warned.has(spec)) warnings.push(...read.warnings);
      warned.add(spec);
      if (read.issues.length === 0) faults.push(...unknownRoutes([...at, 'method', 'routes'], tree, read.routes));
    }
    await expect('file', [...at, 'method', 'schema']);
    await expectDev([...at, 'dev']);

    const table = [...at, 'method', 'table'].reduce<unknown>(valueAt, tree);
    if (typeof table !== 'string') continue;
    const owner = owners.get(table);
    if (owner === undefined) owners.set(table, name);
    else {
      faults.push({
        code: 'SPOOKY_CONFIG_SHARED_TABLE',
        path: [...at, 'method', 'table'],
        message: `${table} is already the job table of backends.${owner}; give each backend its own table`,
      });
    }
  }
  return { faults, issues, warnings, routes };
}

/** Returns the limits of routes that the spec does not have. */
function unknownRoutes(
  at: readonly PathSegment[],
  tree: unknown,
  routes: Readonly<Record<string, Route>>,
): readonly Fault[] {
  const known = Object.keys(routes);
  const written = Object.keys(Object(at.reduce<unknown>(valueAt, tree)));
  return written
    .filter((route) => !known.includes(route))
    .map((route) => {
      const guess = closest(route, known);
      const hint = guess === undefined ? `it has: ${known.join(', ')}` : `did you mean ${guess}?`;
      return {
        code: 'SPOOKY_CONFIG_UNKNOWN_ROUTE',
        path: [...at, route],
        message: `is not a route of the spec; ${hint}`,
      };
    });
}

/** Returns why the file or folder cannot be used, or undefined. */
async function whyUnusable(kind: Kind, place: string, root: string): Promise<string | undefined> {
  const shown = path.relative(root, place) || '.';
  try {
    const stats = await stat(place);
    if (kind === 'file' ? stats.isFile() : stats.isDirectory()) return undefined;
    return `${shown} is ${kind === 'file' ? 'not a file' : 'not a folder'}; name a ${kind}`;
  } catch {
    return `there is no ${kind} ${shown}; create it, or correct the path (it is relative to sp00ky.yml)`;
  }
}

async function envFileIssues(file: string): Promise<readonly ConfigIssue[]> {
  try {
    parseEnvFile(await readText(file), file);
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
}
