/** Attempts to sign up and sign in, each with its outcome. */
import type { Stage } from './people.ts';

type Variables = Readonly<Record<string, unknown>>;

const PASSWORD = 'password-1';

const SIGN_UPS: Readonly<Record<string, Variables>> = {
  'a new name': { username: 'dora', password: PASSWORD },
  'a name that is taken': { username: 'dora', password: PASSWORD },
  'a name that is taken, in another case': { username: 'DORA', password: PASSWORD },
  'a name that is too short': { username: 'ab', password: PASSWORD },
  'a name with spaces': { username: 'a b c', password: PASSWORD },
  'a name that is not a text': { username: ['ernie'], password: PASSWORD },
  'a password that is too short': { username: 'fay', password: '1234567' },
  'a password that is not a text': { username: 'gus', password: ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'] },
};

const SIGN_INS: Readonly<Record<string, Variables>> = {
  'the right password': { username: 'dora', password: PASSWORD },
  'the right password, the name in another case': { username: 'DoRa', password: PASSWORD },
  'a wrong password': { username: 'dora', password: 'password-2' },
  'no password': { username: 'dora' },
  'an unknown name': { username: 'unknown', password: PASSWORD },
  'a condition for a name': { username: { '!=': '' }, password: PASSWORD },
};

/** Returns for each attempt `accepted`, or `refused` with the database's reason. Deletes the accounts that it made. */
export async function accountsOf({ root, names }: Stage): Promise<Readonly<Record<string, string>>> {
  const outcomes: Record<string, string> = {};
  const session = await root.newSession();
  try {
    for (const [name, variables] of Object.entries(SIGN_UPS)) {
      outcomes[`sign up: ${name}`] = await session.signup({ ...names, access: 'account', variables }).then(IN, NO);
    }
    for (const [name, variables] of Object.entries(SIGN_INS)) {
      outcomes[`sign in: ${name}`] = await session.signin({ ...names, access: 'account', variables }).then(IN, NO);
    }
  } finally {
    await session.closeSession();
    await root.query(`DELETE user WHERE username NOT IN ['ada', 'ben', 'cyd']`);
  }
  return outcomes;
}

const IN = (): string => 'accepted';
const NO = (error: unknown): string => {
  const message = error instanceof Error ? error.message : String(error);
  return `refused: ${message.replace(/^An error occurred: /, '')}`;
};
