/**
 * Functions in which engine 3.0.2 panics, and with it the whole process: found by calling each of its functions with
 * hostile arguments, more than 920,000 calls. All others that were called answered or refused.
 */
export const ABORTING_FUNCTIONS: readonly string[] = [
  // (1, 1000000000): "Formatting argument out of range".
  'math::fixed',
  // (0, NaN) and (-1e308, 1e308): "cannot sample empty range", "range overflow".
  'rand::float',
  // (-1): "capacity overflow"; (-1, 0): "cannot sample empty range". CREATE makes its ids without them.
  'rand::id',
  'rand::string',
  // ([…], 9223372036854775807): "capacity overflow"; ([…], 1000000000) asks for 88 GB.
  'search::linear',
  'search::rrf',
  // (…, "%"), "%Q" and every other unknown directive: "a Display implementation returned an error unexpectedly".
  'time::format',
];
