import { expect, it } from 'vitest';
import { newEntries } from './changelog.ts';

const OLD = `# Changelog

What to know.

## Unreleased

### Jobs

- One, in
  two lines.
`;

it('returns new entries below their headings', () => {
  const next = `# Changelog

What to know.

## 2.0.0

### Jobs

- Two.
- Three, with
  a second line.

### Browsers

- Four.

## 1.0.0

### Jobs

- One, in two
  lines.
- Five.
`;
  expect(newEntries(OLD, next)).toBe(`## 2.0.0

### Jobs

- Two.
- Three, with
  a second line.

### Browsers

- Four.

## 1.0.0

### Jobs

- Five.`);
});

it('returns nothing if there is no new entry', () => {
  expect(newEntries(OLD, OLD.replace('## Unreleased', '## 1.0.0'))).toBe('');
});
