/**
 * Functions of the engine whose result depends only on their arguments. The functions of PARTIAL_FUNCTIONS fail for
 * arguments of another kind, and their failure fails the whole query. They are compiled only where the schema rules
 * that out.
 */

/** Functions that accept arguments of any kind, with their number of arguments. */
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

/** Functions that accept certain kinds only, with the kind of each argument. */
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

/** The functions that check a value's kind, for rows that were written before the field had that kind. */
export const GUARDS = { string: 'type::is_string', array: 'type::is_array' } as const;
