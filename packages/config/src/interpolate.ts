import type { ConfigIssueCode } from './errors.ts';
import { isSecretField } from './secret-fields.ts';
import type { PathSegment } from './source.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An invalid `${…}`: its position and what is wrong. */
export interface VariableFault {
  readonly code: Extract<ConfigIssueCode, 'SPOOKY_CONFIG_BAD_VARIABLE' | 'SPOOKY_CONFIG_UNSET_VARIABLE'>;
  readonly path: readonly PathSegment[];
  /** UTF-16 offset of the `$` within the value. */
  readonly offset: number;
  readonly message: string;
}

export interface Interpolation {
  readonly value: unknown;
  /** Every `${NAME}` without a default, set or not. */
  readonly required: readonly { readonly name: string; readonly path: readonly PathSegment[] }[];
  readonly faults: readonly VariableFault[];
  /** Paths of texts that contain replaced variables. */
  readonly replaced: readonly (readonly PathSegment[])[];
}

const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * Replaces `${NAME}` and `${NAME:-default}` in every text of a tree, but not in keys. As in a shell, the default also
 * replaces an empty variable. Unlike in a shell, an unset variable without a default is a fault. `$${` is a literal
 * `${`. The value of a variable is not searched for further references.
 */
export function interpolate(tree: unknown, env: Environment): Interpolation {
  const required: { name: string; path: readonly PathSegment[] }[] = [];
  const faults: VariableFault[] = [];
  const replaced: (readonly PathSegment[])[] = [];

  const replaceIn = (text: string, path: readonly PathSegment[]): string => {
    let touched = false;
    const value = text.replace(REFERENCE, (match, body: string | undefined, closing: string | undefined, offset) => {
      if (body === undefined) return '${';
      touched = true;
      const fault = (code: VariableFault['code'], message: string): string => {
        faults.push({ code, path, offset, message });
        return match;
      };
      if (closing !== '}') return fault('SPOOKY_CONFIG_BAD_VARIABLE', `this \${ has no closing }; write \${NAME}`);
      const separator = body.indexOf(':-');
      const name = separator < 0 ? body : body.slice(0, separator);
      const fallback = separator < 0 ? undefined : body.slice(separator + 2);
      if (!NAME.test(name)) {
        return fault('SPOOKY_CONFIG_BAD_VARIABLE', `this is not a variable; write \${NAME} or \${NAME:-default}`);
      }
      if (fallback?.includes('${')) {
        return fault(
          'SPOOKY_CONFIG_BAD_VARIABLE',
          `the default of \${${name}} contains another variable; write plain text`,
        );
      }
      const set = Object.hasOwn(env, name) ? env[name] : undefined;
      if (fallback !== undefined) return set === undefined || set === '' ? fallback : set;
      required.push({ name, path });
      if (set !== undefined) return set;
      // A default would put the secret into the file.
      const remedy = isSecretField(path) ? '' : `, or write \${${name}:-default}`;
      return fault(
        'SPOOKY_CONFIG_UNSET_VARIABLE',
        `\${${name}} is not set; set it in the environment or in .env${remedy}`,
      );
    });
    if (touched) replaced.push(path);
    return value;
  };

  const walk = (value: unknown, path: readonly PathSegment[]): unknown => {
    if (typeof value === 'string') return replaceIn(value, path);
    if (Array.isArray(value)) return value.map((item, index) => walk(item, [...path, index]));
    if (typeof value !== 'object' || value === null) return value;
    const object: Record<string, unknown> = Object.create(null);
    for (const [key, item] of Object.entries(value)) object[key] = walk(item, [...path, key]);
    return object;
  };

  return { value: walk(tree, []), required, faults, replaced };
}
