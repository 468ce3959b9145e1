import path from 'node:path';
import ts from 'typescript';

const GENERATED = path.join(import.meta.dirname, 'virtual/schema.gen.ts');
const PAYLOADS = path.join(import.meta.dirname, 'virtual/schema.payloads.gen.ts');
const CLIENT = path.resolve(import.meta.dirname, '../../../../client/src/index.ts');

export interface TypeError {
  /** The line of code that has the error. */
  readonly line: string;
  readonly message: string;
}

/**
 * Compiles a generated file, followed by more lines of code, in strict mode and returns the errors. Writes nothing.
 *
 * @param payloads the generated file beside it
 */
export function typeErrors(
  generated: string,
  lines: readonly string[],
  payloads = 'export const payloads = {};\nexport const payloadIssues = () => [];\n',
): TypeError[] {
  const text = `${generated}\n${lines.map((line) => `export ${line}`).join('\n')}\n`;
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2024,
    lib: ['lib.es2024.d.ts', 'lib.dom.d.ts'],
    types: [],
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    paths: { '@spookify/client': [CLIENT] },
    rewriteRelativeImportExtensions: true,
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    verbatimModuleSyntax: true,
    erasableSyntaxOnly: true,
    skipLibCheck: true,
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  const virtual = new Map([
    [GENERATED, text],
    [PAYLOADS, payloads],
  ]);
  host.fileExists = (name) => virtual.has(name) || fileExists(name);
  // Otherwise nothing is looked for in a folder that does not exist.
  host.directoryExists = (name) => name === path.dirname(GENERATED) || ts.sys.directoryExists(name);
  host.getSourceFile = (name, ...rest) => {
    const content = virtual.get(name);
    return content === undefined ? getSourceFile(name, ...rest) : ts.createSourceFile(name, content, rest[0]);
  };

  const program = ts.createProgram([GENERATED], options, host);
  const source = program.getSourceFile(GENERATED);
  return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map((diagnostic) => {
    const { line } = ts.getLineAndCharacterOfPosition(
      diagnostic.file ?? ts.createSourceFile('', '', 99),
      diagnostic.start ?? 0,
    );
    return {
      line: (text.split('\n')[line] ?? '').replace(/^export /, ''),
      message: ts.flattenDiagnosticMessageText(diagnostic.messageText, '\n'),
    };
  });
}
