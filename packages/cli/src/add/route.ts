import path from 'node:path';
import {
  type BackendConfig,
  readEditable,
  readEditableIfThere,
  type SpookyConfig,
  specWithRoute,
} from '@spookify/config';
import { displayPath } from '../dev/display-path.ts';
import { CliError } from '../errors.ts';
import { isThere } from './is-there.ts';
import { routeNames } from './names.ts';
import { handlerFile, handlerTest, hookFile, withRoute } from './route-files.ts';
import { type Write, writeAll } from './write-all.ts';

export interface AddedRoute {
  readonly backend: string;
  readonly path: string;
  /** Files that were written or changed, as absolute paths. */
  readonly files: readonly string[];
  /** What is left to do by hand, because the project has no such place. */
  readonly left: readonly string[];
}

/**
 * Adds a route to a backend: to its spec; with a handler and a test if the backend has `src/routes/index.ts`; with a hook if the
 * front end has `src/db.ts`. Changes nothing unless all of it can be written.
 *
 * @param backend default: the only one of sp00ky.yml
 * @throws CliError SPOOKY_CLI_BAD_ARGUMENT, SPOOKY_CLI_FILE_EXISTS
 */
export async function addRoute(route: string, backend: string | undefined, config: SpookyConfig): Promise<AddedRoute> {
  const names = routeNames(route);
  const to = backendOf(config, backend);
  const specFile = await readEditable(to.spec);
  const spec = specWithRoute(specFile.text, names.path, names.camel);
  if (spec === 'there') throw exists(`${names.path} is in ${displayPath(to.spec)} already; choose another path.`);
  if (spec === 'unsupported') {
    const message = `${displayPath(to.spec)} has no paths in block style, one key a line; add the first path by hand.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
  }

  const writes: Write[] = [{ file: to.spec, text: specFile.restore(spec), isNew: false }];
  const left: string[] = [];
  const api = workdirOf(to.dev);
  const index = api && path.join(api, 'src/routes/index.ts');
  const routes = index ? await readEditableIfThere(index) : undefined;
  const withEntry = routes && withRoute(routes.text, names);
  if (index && routes && withEntry) {
    const at = (name: string): string => path.join(path.dirname(index), name);
    writes.push(
      { file: at(`${names.file}.ts`), text: handlerFile(names), isNew: true },
      { file: at(`${names.file}.test.ts`), text: handlerTest(names), isNew: true },
      { file: index, text: routes.restore(withEntry), isNew: false },
    );
  } else left.push(`write the code of POST ${names.path} in the backend "${to.name}"`);

  const web = workdirOf(config.frontend?.dev);
  const hook = web && path.join(web, 'src', names.file, `use-${names.file}.ts`);
  if (hook && (await isThere(path.join(web, 'src/db.ts')))) {
    writes.push({ file: hook, text: hookFile(names, to.name, to.method.table), isNew: true });
  } else left.push(`call db.run('${to.name}', '${names.path}', …) in your front end`);

  for (const { file, isNew } of writes) {
    if (isNew && (await isThere(file))) {
      throw exists(`${displayPath(file)} is there already; move it, or choose another path.`);
    }
  }
  await writeAll(writes);
  return { backend: to.name, path: names.path, files: writes.map(({ file }) => file), left };
}

function backendOf({ backends }: SpookyConfig, name: string | undefined): BackendConfig {
  const names = Object.keys(backends);
  const [only] = names.length === 1 ? names : [];
  const found = backends[name ?? only ?? ''];
  if (found !== undefined) return found;
  const known = names.length === 0 ? 'it has none' : `it has ${names.join(', ')}`;
  const message = `sp00ky.yml has ${name === undefined ? 'not exactly one backend' : `no backend "${name}"`}; ${known}. Name one with --backend.`;
  throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
}

/** Where a part of the project is; undefined when its dev command does not say. */
export function workdirOf(dev: BackendConfig['dev']): string | undefined {
  return dev !== undefined && 'workdir' in dev ? dev.workdir : undefined;
}

function exists(message: string): CliError {
  return new CliError('SPOOKY_CLI_FILE_EXISTS', message);
}
