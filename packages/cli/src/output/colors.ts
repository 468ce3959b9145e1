/** Codes of the 256-colour palette that are distinct and readable on dark and light backgrounds. */
const PALETTE = [39, 208, 76, 170, 178, 44, 203, 105, 142, 211, 30, 136];

export type Paint = (text: string) => string;

const plain: Paint = (text) => text;

/** Functions that colour text. If colour is disabled, they return the text unchanged. */
export interface Colors {
  readonly enabled: boolean;
  readonly bold: Paint;
  readonly dim: Paint;
  readonly red: Paint;
  readonly yellow: Paint;
  readonly green: Paint;
  /** The colour of the process at this index of the plan. It is the same at every start, and differs between processes. */
  process(index: number): Paint;
}

export function createColors(enabled: boolean): Colors {
  const paint = (open: string, close: number): Paint =>
    enabled ? (text) => `\x1b[${open}m${text}\x1b[${close}m` : plain;
  return {
    enabled,
    bold: paint('1', 22),
    dim: paint('2', 22),
    red: paint('31', 39),
    yellow: paint('33', 39),
    green: paint('32', 39),
    process: (index) => paint(`38;5;${PALETTE[index] ?? 17 + ((index * 37) % 214)}`, 39),
  };
}

/** Whether to print colours: only on a terminal unless FORCE_COLOR is set, and never with NO_COLOR or --no-color. */
export function wantsColor(
  env: Readonly<Record<string, string | undefined>>,
  isTerminal: boolean,
  flag: boolean | undefined,
): boolean {
  if (flag === false || env.NO_COLOR) return false;
  if (env.FORCE_COLOR !== undefined) return env.FORCE_COLOR !== '0';
  return isTerminal && env.TERM !== 'dumb';
}
