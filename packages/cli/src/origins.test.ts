import { expect, it } from 'vitest';
import { readOrigins } from './origins.ts';

const [app, local] = ['https://app.example.com', 'http://localhost:3600'];

it('reads the flags, or else the variable', () => {
  expect(readOrigins([app, `${local}/`], 'http://other.example.com')).toEqual([app, local]);
  expect(readOrigins([], ` ${app},${local}, `)).toEqual([app, local]);
  expect(readOrigins([])).toEqual([]);
});

it.each([
  'app.example.com',
  `${app}/page`,
  `${app}?a`,
  'ws://app.example.com',
  'https://me@app.example.com',
  'null',
  '*',
])('refuses %s because browsers send no such origin', (text) => {
  expect(() => readOrigins([text])).toThrow(`${text} is not an origin; write only scheme, host and port`);
});
