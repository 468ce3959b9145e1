/**
 * Functions that make engine 3.0.2 panic, which ends the whole process. They were found by calling every function of
 * the engine with hostile arguments, in more than 920,000 calls. All other functions returned a value or an error.
 */
export const ABORTING_FUNCTIONS: readonly string[] = [
  // (1, 1000000000): "Formatting argument out of range".
  'math::fixed',
  // (0, NaN) and (-1e308, 1e308): "cannot sample empty range", "range overflow".
  'rand::float',
  // (-1): "capacity overflow"; (-1, 0): "cannot sample empty range". CREATE generates its ids without these functions.
  'rand::id',
  'rand::string',
  // ([…], 9223372036854775807): "capacity overflow"; ([…], 1000000000) asks for 88 GB.
  'search::linear',
  'search::rrf',
  // (…, "%"), "%Q" and every other unknown directive: "a Display implementation returned an error unexpectedly".
  'time::format',
];
