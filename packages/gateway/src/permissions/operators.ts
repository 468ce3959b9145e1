/*
 * The infix operators of SurrealQL, from the weakest to the strongest, grouped as in engine 3.0.2. Each level was
 * compared with the engine by fuzzing (parse.test.ts).
 */

interface InfixForm {
  readonly power: number;
  /** Whether the engine accepts `a op b op c`. If so, it means `(a op b) op c`. */
  readonly isChained: boolean;
  /** Whether the operator returns a value for operands of any kind and never fails. */
  readonly isTotal: boolean;
  /** Whether the result is always true or false. */
  readonly isTest: boolean;
}

const LEVELS: readonly (InfixForm & { readonly spellings: readonly (readonly [string, ...string[]])[] })[] = [
  { power: 1, isChained: true, isTotal: true, isTest: false, spellings: [['OR', '||']] },
  { power: 2, isChained: true, isTotal: true, isTest: false, spellings: [['AND', '&&']] },
  {
    power: 3,
    isChained: false,
    isTotal: true,
    isTest: true,
    spellings: [['!=', 'IS NOT'], ['=', 'IS'], ['=='], ['?='], ['*=']],
  },
  {
    power: 4,
    isChained: false,
    isTotal: true,
    isTest: true,
    spellings: [
      ['<'],
      ['<='],
      ['>'],
      ['>='],
      ['INSIDE', 'IN', '∈'],
      ['NOTINSIDE', 'NOT IN', '∉'],
      ['ALLINSIDE', '⊆'],
      ['ANYINSIDE', '⊂'],
      ['NONEINSIDE', '⊄'],
      ['CONTAINS', '∋'],
      ['CONTAINSNOT', '∌'],
      ['CONTAINSALL', '⊇'],
      ['CONTAINSANY', '⊃'],
      ['CONTAINSNONE', '⊅'],
    ],
  },
  { power: 5, isChained: true, isTotal: false, isTest: false, spellings: [['+'], ['-']] },
  { power: 6, isChained: true, isTotal: false, isTest: false, spellings: [['*', '×'], ['/', '÷'], ['%']] },
  { power: 7, isChained: true, isTotal: false, isTest: false, spellings: [['**']] },
  { power: 8, isChained: true, isTotal: true, isTest: false, spellings: [['??'], ['?:']] },
];

/** The binding power of the prefix operators `!`, `-` and `+`. */
export const PREFIX_POWER = 9;

/** The operators by their first spelling, which is the one that is printed. */
export const INFIX: ReadonlyMap<string, InfixForm> = new Map(
  LEVELS.flatMap(({ spellings, ...form }) => spellings.map(([name]) => [name, form] as const)),
);

/** Every spelling, in capitals, with the operator's first spelling. */
export const SPELLINGS: ReadonlyMap<string, string> = new Map(
  LEVELS.flatMap(({ spellings }) => spellings.flatMap((all) => all.map((spelling) => [spelling, all[0]] as const))),
);
