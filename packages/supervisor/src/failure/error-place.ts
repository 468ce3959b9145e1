/** Finds the file, line and column that an error is about. Runs in the child, only after a failure. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ErrorPlace } from './error-detail.ts';
import { jsonPlace } from './json-place.ts';

const FILE = String.raw`((?:file:\/\/\/|\/|[A-Za-z]:[\\/])[^\n]*?)`;
/** The first line that Node puts before the stack of a syntax error. The source line and `^` follow. */
const HEADER = new RegExp(`^${FILE}:(\\d+)\\n`);
const FRAME = new RegExp(`^\\s+at (?:.*\\()?${FILE}:(\\d+):(\\d+)\\)?$`);
const IMPORTER = /^Cannot find (?:module|package) '(.+?)' imported from (.+)$/;
/** Code that is not of the entry. */
const OWN_CODE = /[\\/]programs[\\/]child-runtime\.[jt]s$/;

/** Returns the place of an error in its source, relative to `root` if inside. */
export function placeOf(root: string, error: unknown, stack: string, message: string): ErrorPlace | undefined {
  const place =
    header(stack) ??
    (isUnplacedSyntaxError(error, stack) ? header(decorated(error, stack)) : undefined) ??
    importOf(message) ??
    (error instanceof SyntaxError ? jsonPlace(message) : undefined) ??
    firstFrame(stack);
  if (place === undefined) return undefined;
  const { file, ...rest } = sourceOf(place);
  const relative = path.relative(root, file);
  return {
    file: relative.startsWith('..') || path.isAbsolute(relative) ? file : relative.replaceAll('\\', '/'),
    ...rest,
  };
}

function header(stack: string): ErrorPlace | undefined {
  const [head, file, line] = HEADER.exec(stack) ?? [];
  if (head === undefined || file === undefined) return undefined;
  const [source = '', marks = ''] = stack.slice(head.length).split('\n', 2);
  // Without a mark, it is the end of the file that came too early.
  return { file: filePath(file), line: Number(line), column: marks.indexOf('^') + 1 || source.length + 1 };
}

/** V8 gives a syntax error in a module the stack of the code that compiles it, not the place in the module. */
function isUnplacedSyntaxError(error: unknown, stack: string): error is SyntaxError {
  return error instanceof SyntaxError && /^\s+at .*\bnode:internal\//m.test(stack.split('\n', 2)[1] ?? '');
}

/**
 * Adds the place to the stack of a syntax error. Node keeps it in a hidden property and adds it only when it prints the
 * error: at a crash, and in a REPL. So this lets a REPL print it. The inspector knows only the line, and is forbidden
 * under the permission model.
 */
function decorated(error: SyntaxError, stack: string): string {
  const { start } = process.getBuiltinModule('node:repl');
  const { PassThrough } = process.getBuiltinModule('node:stream');
  const output = new PassThrough();
  const evaluate = (_code: string, _context: unknown, _file: string, done: (error: Error, result: unknown) => void) =>
    done(error, undefined);
  const repl = start({ input: new PassThrough(), output, prompt: '', terminal: false, eval: evaluate });
  repl.emit('line', '0');
  repl.close();
  const printed = String(output.read() ?? '');
  error.stack = printed.slice(0, printed.indexOf('\nUncaught') + 1) + stack;
  return error.stack;
}

/** The import that found no file, in the module that contains it. */
function importOf(message: string): ErrorPlace | undefined {
  const [, missing, importer] = IMPORTER.exec(message) ?? [];
  if (missing === undefined || importer === undefined) return undefined;
  const file = filePath(importer);
  const relative = path.relative(path.dirname(file), missing).replaceAll('\\', '/');
  const specifiers = path.isAbsolute(missing) ? [relative, `./${relative}`, missing] : [missing];
  return {
    file,
    ...positionOf(
      file,
      specifiers.flatMap((one) => [`'${one}'`, `"${one}"`]),
    ),
  };
}

function positionOf(file: string, texts: readonly string[]): { line: number; column: number } | undefined {
  let source = '';
  try {
    source = readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
  const at = texts.map((text) => source.indexOf(text)).find((index) => index >= 0);
  if (at === undefined) return undefined;
  const before = source.slice(0, at).split('\n');
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 };
}

function firstFrame(stack: string): ErrorPlace | undefined {
  for (const frame of stack.split('\n')) {
    const [, file, line, column] = FRAME.exec(frame) ?? [];
    if (file !== undefined && !OWN_CODE.test(file))
      return { file: filePath(file), line: Number(line), column: Number(column) };
  }
  return undefined;
}

/** The place in the source that the file was built from, if the file has a source map beside it. */
function sourceOf(place: ErrorPlace): ErrorPlace {
  const { file, line, column = 1 } = place;
  if (line === undefined) return place;
  try {
    const { SourceMap } = process.getBuiltinModule('node:module');
    const map = new SourceMap(JSON.parse(readFileSync(`${file}.map`, 'utf8')));
    const origin = map.findOrigin(line, column);
    if (!('fileName' in origin)) return place;
    return {
      file: path.resolve(path.dirname(file), origin.fileName),
      line: origin.lineNumber,
      column: origin.columnNumber,
    };
  } catch {
    return place; // most files have no map, and a map may be broken
  }
}

function filePath(file: string): string {
  return file.startsWith('file:') ? fileURLToPath(file) : file;
}
