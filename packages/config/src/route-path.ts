/** How a job calls a path of a spec, or why it cannot. */
export type RoutePath =
  | {
      readonly kind: 'callable';
      /** The path of the request, in which characters that a URL does not have are percent-encoded: `/caf%C3%A9`. */
      readonly url: string;
      /** The path as a server reads it after decoding: `/café`. */
      readonly text: string;
    }
  /** The path has `{parameters}`, which other callers of the backend fill in, but a job cannot. */
  | { readonly kind: 'template'; readonly reason: string }
  /** The reason says what is wrong, then what to do. */
  | { readonly kind: 'refused'; readonly reason: string };

/** Control characters, halves of surrogate pairs, separators of lines, and characters that hide or reorder text. */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\u200B\u202A-\u202E\u2066-\u2069\uFEFF]/u;

/**
 * Decides how a path is called. All parts ask this function: the config when it reads a spec, the gateway, the runner
 * and the API. So a path that one of them accepts is a path that the others call and serve.
 *
 * A path may be written with or without percent-encoding. Refused is what servers and proxies do not read alike: a path
 * that leaves its place, an encoded separator, and the characters with which routers write patterns.
 */
export function routePath(path: string): RoutePath {
  const refused = (reason: string): RoutePath => ({ kind: 'refused', reason });
  if (!path.startsWith('/')) return refused('a path must start with /; add it');
  const parameter = /\{[^{}/]*\}/.exec(path);
  if (parameter !== null) {
    const reason = `a job has no value for ${parameter[0]}; if jobs should call this route, send the value in the payload`;
    return { kind: 'template', reason };
  }
  for (const [character, meaning] of [
    ['?', 'a query; send its values in the payload'],
    ['#', 'a fragment, which is never sent; remove it'],
  ] as const) {
    if (path.includes(character)) return refused(`${character} starts ${meaning}`);
  }
  const text = decoded(path);
  if (text === undefined) {
    return refused('% must be followed by the two hexadecimal digits of a byte of UTF-8, such as %C3%A9; correct it');
  }
  const [reserved] = /[\\?#%{}*]/.exec(text) ?? (/%2f/i.test(path) ? ['/'] : []);
  if (reserved !== undefined) return refused(`servers do not agree on the meaning of ${reserved} here; remove it`);
  if (INVISIBLE.test(text)) return refused('the path has an invisible character, such as a line break; remove it');
  if (text !== text.normalize('NFC')) {
    return refused('a letter and its accent are two characters here; write them as one (Unicode form NFC)');
  }
  if (text.includes('//')) return refused('two slashes in a row are not one path for all servers; remove one');
  const segments = text.slice(1).split('/');
  // Some servers cut a segment at its semicolon, and then read `..;` as `..`.
  if (segments.some((segment) => /^\.\.?(?:;|$)/.test(segment))) {
    return refused('. and .. lead to another path; write the path itself');
  }
  if (segments.some((segment) => segment.startsWith(':'))) {
    return refused('a segment that starts with : is a parameter in many routers; write the name without it');
  }
  return { kind: 'callable', url: encodeURI(text), text };
}

/** Decodes all percent-encoded characters. Undefined if one is malformed. */
function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
