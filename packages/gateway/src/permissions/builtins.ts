/**
 * Functions of the engine that only look at their arguments. Those of the second list fail for arguments of another
 * kind, and with them the whole query: they are compiled only where the schema rules that out.
 */

/** For arguments of any kind. */
export const TOTAL_FUNCTIONS: ReadonlyMap<string, number> = new Map(
  [
    'type::is_array',
    'type::is_bool',
    'type::is_bytes',
    'type::is_datetime',
    'type::is_decimal',
    'type::is_duration',
    'type::is_float',
    'type::is_int',
    'type::is_none',
    'type::is_null',
    'type::is_number',
    'type::is_object',
    'type::is_string',
    'type::is_uuid',
  ].map((name) => [name, 1]),
);

/** The kind that each argument must have. */
export const PARTIAL_FUNCTIONS: ReadonlyMap<string, readonly ('string' | 'array')[]> = new Map([
  ['string::len', ['string']],
  ['string::lowercase', ['string']],
  ['string::uppercase', ['string']],
  ['string::trim', ['string']],
  ['string::starts_with', ['string', 'string']],
  ['string::ends_with', ['string', 'string']],
  ['string::contains', ['string', 'string']],
  ['array::len', ['array']],
  ['array::is_empty', ['array']],
]);

/** What guards a row that was written before its field had this kind. */
export const GUARDS = { string: 'type::is_string', array: 'type::is_array' } as const;
