import { expect, it } from 'vitest';
import { mutatedText } from './mutated-copy.ts';
import { MUTATIONS } from './mutations.ts';

it.each(MUTATIONS)('fits the sources: $fault', async (mutation) => {
  expect(await mutatedText(mutation)).toContain(mutation.replacement);
});
