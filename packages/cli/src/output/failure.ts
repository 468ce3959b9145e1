/** An error as it is printed. */
export interface Failure {
  readonly code: string;
  readonly message: string;
}

/** Causes of causes, and parts of one error, beyond these numbers are not printed. */
const MAX_DEPTH = 5;
const MAX_PARTS = 5;

/**
 * Describes any thrown value, with the causes and parts of an error. Imports no other package, because it also describes the error of a
 * package that is not installed.
 */
export function asFailure(error: unknown): Failure {
  const message = withCauses(error, messageOf);
  if (hasCode(error) && error.code === 'ERR_MODULE_NOT_FOUND') {
    const remedy = 'the build does not match the installed packages; run npm install && npm run build';
    return { code: 'SPOOKY_CLI_NOT_BUILT', message: `${message}: ${remedy}` };
  }
  if (hasCode(error)) return { code: error.code, message };
  // This is a defect of ours, and the stacks help to find it.
  return { code: 'SPOOKY_CLI_UNEXPECTED', message: withCauses(error, stackOf) };
}

function hasCode(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && typeof error.code === 'string';
}

/** Adds the causes that the text of the error does not repeat. The depth is bounded, because causes may form a circle. */
function withCauses(error: unknown, textOf: (error: unknown) => string, depth = 0): string {
  const own = textOf(error);
  const cause = error instanceof Error ? error.cause : undefined;
  const isKnown = !(cause instanceof Error) || own.includes(messageOf(cause));
  const separator = textOf === stackOf ? '\n' : '; ';
  return isKnown || depth === MAX_DEPTH ? own : `${own}${separator}caused by: ${withCauses(cause, textOf, depth + 1)}`;
}

/** The message, with those of the parts of an AggregateError. */
function messageOf(error: unknown): string {
  const parts = partsOf(error).map(ownMessage).join('; ');
  return [ownMessage(error), parts].filter((text) => text !== '').join(': ');
}

function stackOf(error: unknown): string {
  return [ownStack(error), ...partsOf(error).map((part) => `part: ${ownStack(part)}`)].join('\n');
}

function partsOf(error: unknown): unknown[] {
  return error instanceof AggregateError ? error.errors.slice(0, MAX_PARTS) : [];
}

function ownStack(error: unknown): string {
  return (error instanceof Error ? error.stack : undefined) ?? ownMessage(error);
}

/** Fields other than the message are not printed, because they may be secrets. */
function ownMessage(value: unknown): string {
  if (value instanceof Error) return value.message || value.name;
  if (typeof value !== 'object' || value === null) return String(value);
  return 'message' in value && typeof value.message === 'string' ? value.message : 'an object without a message';
}
