import { z } from 'zod';
import { Secret } from './secret.ts';

// The types of values in sp00ky.yml. Each takes its description and an example.

const UNIT_MS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

export const text = (description: string, example: string) =>
  z
    .string()
    .refine((value) => value.trim() !== '', 'must not be empty')
    .meta({ description, examples: [example] });

export const NOT_A_NAME = 'must be a name of letters, digits, _ and -';

/** Whether a text can name a namespace, a database or a table. */
export function isName(value: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_-]*$/.test(value);
}

export const name = (description: string, example: string) =>
  z
    .string()
    .refine(isName, NOT_A_NAME)
    .meta({ description, examples: [example] });

export const wholeNumber = (description: string, example: number, min: number, max: number) => {
  const error = `must be a whole number from ${min} to ${max}`;
  return z
    .int()
    .min(min, error)
    .max(max, error)
    .meta({ description, examples: [example] });
};

export const url = (description: string, example: string, protocols: readonly string[]) =>
  z
    .string()
    .superRefine((value, context) => {
      const fault = urlFault(value, protocols);
      if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
    })
    .meta({ description, examples: [example] });

export const secret = (description: string, example: string) =>
  text(description, example).transform((value) => new Secret(value));

export const duration = (description: string, example: string, [from, to] = ['1m', '3650d']) => {
  const [least = 0, most = 0] = [milliseconds(from), milliseconds(to)];
  const inRange = (value: string): boolean => {
    const ms = milliseconds(value);
    return ms !== undefined && ms >= least && ms <= most;
  };
  return z
    .string()
    .refine(inRange, `must be a whole number with s, m, h, d or w, from ${from} to ${to}`)
    .transform((value) => milliseconds(value) ?? 0)
    .meta({ description, examples: [example] });
};

/**
 * Returns why `value` is not a valid URL with one of the protocols, or undefined. The text never contains the value.
 */
export function urlFault(value: string, protocols: readonly string[]): string | undefined {
  if (!URL.canParse(value)) return 'must be a URL';
  const parsed = new URL(value);
  if (!protocols.includes(parsed.protocol)) return `must start with ${protocols.map((p) => `${p}//`).join(' or ')}`;
  if (parsed.username !== '' || parsed.password !== '')
    return 'must not contain a user name or password; use the separate keys for them';
  if (parsed.search !== '' || parsed.hash !== '') return 'must not have a ? or # part; remove it';
  return undefined;
}

/** Converts a whole number with a unit into milliseconds. Returns undefined for any other text. */
function milliseconds(text: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,9})([smhdw])$/.exec(text.trim()) ?? [];
  const size = UNIT_MS[unit];
  return size === undefined ? undefined : Number(count) * size;
}
