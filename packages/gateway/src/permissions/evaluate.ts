/*
 * Evaluates permissions for one row without the engine. Three-valued: whatever is not certain is UNKNOWN, and so is the
 * truth of a condition that depends on it.
 */
import { RecordId } from 'surrealdb';
import { equalValues, isTruthy, itemsOf, orderOfValues } from '../values/compare.ts';
import { containsAll, containsAny, containsValue } from '../values/contains.ts';
import { everyOf, not, someOf, type Truth } from '../values/truth.ts';
import { memberOf, UNKNOWN } from '../values/unknown.ts';
import { callBuiltin } from './call.ts';
import { type Expression, partsOf } from './expression.ts';
import { readLiteral } from './literal.ts';
import type { Reads } from './reads.ts';

/** Decoded fields of a record, as `SELECT *` returns them. A missing field is NONE. */
export type RecordFields = Readonly<Record<string, unknown>>;

/** The fields of a record; `undefined` if it does not exist, UNKNOWN if the caller does not have it. */
export type RecordOf = (id: RecordId) => RecordFields | undefined | typeof UNKNOWN;

/** What a condition is evaluated for. `recordOf` is asked for the records that it follows, and for the reader's. */
interface EvaluationContext {
  readonly row: RecordFields;
  readonly reader: RecordId;
  readonly recordOf: RecordOf;
}

/** @returns undefined if only the engine can decide */
type Test = (context: EvaluationContext) => Truth;

/** Returns UNKNOWN if only the engine knows the value. */
type Evaluate = (context: EvaluationContext) => unknown;

/**
 * Compiles a resolved condition, for which `readsOf` succeeds, to a function.
 *
 * @param follows the records that the condition may follow; others are UNKNOWN
 */
export function compileTest(condition: Expression, follows: Reads['follows']): Test {
  return testOf(condition, follows);
}

/** Whether the gateway knows every literal of a condition. If not, the truth of most rows is undefined. */
export function isDecidable(condition: Expression): boolean {
  if (condition.kind === 'literal') return readLiteral(condition.text) !== UNKNOWN;
  return partsOf(condition).every(isDecidable);
}

/** The truth of AND and OR may be certain although their value is not. */
function testOf(expression: Expression, follows: Reads['follows']): Test {
  if (expression.kind === 'prefix' && expression.operator === '!') {
    const operand = testOf(expression.operand, follows);
    return (context) => not(operand(context));
  }
  if (expression.kind === 'infix' && ['AND', 'OR', '?:'].includes(expression.operator)) {
    const sides = [testOf(expression.left, follows), testOf(expression.right, follows)];
    const combine = expression.operator === 'AND' ? everyOf : someOf;
    return (context) => combine(sides, (side) => side(context));
  }
  const evaluate = evaluatorOf(expression, follows);
  return (context) => isTruthy(evaluate(context));
}

function evaluatorOf(expression: Expression, follows: Reads['follows']): Evaluate {
  const inner = (part: Expression): Evaluate => evaluatorOf(part, follows);
  switch (expression.kind) {
    case 'literal': {
      const value = readLiteral(expression.text);
      return () => value;
    }
    case 'array': {
      const items = expression.items.map(inner);
      return (context) => items.map((item) => item(context));
    }
    case 'object': {
      const members = expression.members.map(([name, value]) => [name, inner(value)] as const);
      return (context) => Object.fromEntries(members.map(([name, value]) => [name, value(context)]));
    }
    case 'path':
      return pathOf(expression.segments, follows);
    case 'parameter':
      return readerOf(expression.segments);
    case 'prefix': {
      const test = testOf(expression, follows);
      return expression.operator === '!' ? (context) => valueOfTruth(test(context)) : () => UNKNOWN;
    }
    case 'infix':
      return infixOf(expression.operator, inner(expression.left), inner(expression.right));
    case 'call': {
      const values = expression.arguments.map(inner);
      return (context) =>
        callBuiltin(
          expression.name,
          values.map((value) => value(context)),
        );
    }
  }
}

function pathOf([first, ...rest]: readonly string[], follows: Reads['follows']): Evaluate {
  if (first === undefined) return () => UNKNOWN;
  const tables = follows.filter(({ field }) => field === first).map(({ table }) => table);
  return ({ row, recordOf }) =>
    rest.reduce(
      (value: unknown, name) => {
        if (!(value instanceof RecordId)) return memberOf(value, name);
        return tables.includes(value.table.name) ? fieldOf(recordOf(value), name) : UNKNOWN;
      },
      memberOf(row, first),
    );
}

function readerOf([field, ...rest]: readonly string[]): Evaluate {
  if (field === undefined) return ({ reader }) => reader;
  return ({ reader, recordOf }) => (rest.length > 0 ? UNKNOWN : fieldOf(recordOf(reader), field));
}

function fieldOf(record: ReturnType<RecordOf>, name: string): unknown {
  return record === UNKNOWN ? UNKNOWN : memberOf(record, name);
}

/** The engine evaluates both sides of every operator; none of these can fail, so evaluating fewer makes no difference. */
function infixOf(operator: string, left: Evaluate, right: Evaluate): Evaluate {
  const test = TESTS.get(operator);
  if (test !== undefined) return (context) => valueOfTruth(test(left(context), right(context)));
  const takesLeft = CHOICES.get(operator);
  if (takesLeft === undefined) return () => UNKNOWN;
  return (context) => {
    const value = left(context);
    const isTaken = takesLeft(value);
    if (isTaken === undefined) return UNKNOWN;
    return isTaken ? value : right(context);
  };
}

/** Operators that return one of their operands, with whether that is the left one. */
const CHOICES: ReadonlyMap<string, (left: unknown) => Truth> = new Map<string, (left: unknown) => Truth>([
  ['AND', (left) => not(isTruthy(left))],
  ['OR', isTruthy],
  ['?:', isTruthy],
  ['??', (left) => (left === UNKNOWN ? undefined : left !== undefined && left !== null)],
]);

type Operation = (left: unknown, right: unknown) => Truth;

const TESTS: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['=', equalValues],
  ['==', equalValues],
  ['!=', (left, right) => not(equalValues(left, right))],
  [
    '?=',
    (left, right) =>
      isList(left) ? someOf(itemsOf(left), (item) => equalValues(item, right)) : equalValues(left, right),
  ],
  [
    '*=',
    (left, right) =>
      isList(left) ? everyOf(itemsOf(left), (item) => equalValues(item, right)) : equalValues(left, right),
  ],
  ['<', ordered((order) => order < 0)],
  ['<=', ordered((order) => order <= 0)],
  ['>', ordered((order) => order > 0)],
  ['>=', ordered((order) => order >= 0)],
  ['INSIDE', (left, right) => containsValue(right, left)],
  ['NOTINSIDE', (left, right) => not(containsValue(right, left))],
  ['ALLINSIDE', (left, right) => containsAll(right, left)],
  ['ANYINSIDE', (left, right) => containsAny(right, left)],
  ['NONEINSIDE', (left, right) => not(containsAny(right, left))],
  ['CONTAINS', containsValue],
  ['CONTAINSNOT', (left, right) => not(containsValue(left, right))],
  ['CONTAINSALL', containsAll],
  ['CONTAINSANY', containsAny],
  ['CONTAINSNONE', (left, right) => not(containsAny(left, right))],
]);

function isList(value: unknown): boolean {
  return Array.isArray(value) || value instanceof Set;
}

function ordered(accepts: (order: number) => boolean): Operation {
  return (left, right) => {
    const order = orderOfValues(left, right);
    return order === undefined ? undefined : accepts(order);
  };
}

function valueOfTruth(truth: Truth): unknown {
  return truth === undefined ? UNKNOWN : truth;
}
