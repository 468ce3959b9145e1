import { CliError } from '../errors.ts';

/** What the parts of a route are called. */
export interface RouteNames {
  /** As in the spec: `/sum-up`. */
  readonly path: string;
  /** Of files and folders: `sum-up`. */
  readonly file: string;
  /** Of functions: `sumUp`. */
  readonly camel: string;
  /** Of types and components: `SumUp`. */
  readonly pascal: string;
}

const PATH = /^\/[a-z][a-z0-9]*(?:[-/][a-z][a-z0-9]*)*$/;
/** A function cannot have these names. */
const RESERVED =
  /^(?:await|break|case|catch|class|const|continue|debugger|default|delete|do|else|enum|export|extends|false|finally|for|function|if|implements|import|in|instanceof|interface|let|new|null|package|private|protected|public|return|static|super|switch|this|throw|true|try|typeof|var|void|while|with|yield)$/;

/** @throws CliError SPOOKY_CLI_BAD_ARGUMENT */
export function routeNames(path: string): RouteNames {
  if (!PATH.test(path) || RESERVED.test(path.slice(1))) {
    const message = `${path} cannot be a route here; write words of small letters and digits, as in /summarize or /threads/sum-up.`;
    throw new CliError('SPOOKY_CLI_BAD_ARGUMENT', message);
  }
  const words = path.slice(1).split(/[-/]/);
  const pascal = words.map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join('');
  return { path, file: words.join('-'), camel: pascal.charAt(0).toLowerCase() + pascal.slice(1), pascal };
}
