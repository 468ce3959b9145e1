import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { recordSession } from './record-session.ts';

/** Compares docs/session.md with what `spooky` prints today. Needs the built package. */
it('matches a session that runs now', { timeout: 360_000 }, async () => {
  const page = await recordSession();
  expect(readFileSync(new URL('../docs/session.md', import.meta.url), 'utf8'), 'run: npm run record-session').toBe(
    page,
  );
});
