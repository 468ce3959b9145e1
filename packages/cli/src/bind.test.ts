import { expect, it } from 'vitest';
import { parseBind } from './bind.ts';

it('parses host and port, and a port on loopback', () => {
  const parse = (text: string) => parseBind(text, '127.0.0.1:3668');
  expect(parse('127.0.0.1:3666')).toEqual({ host: '127.0.0.1', port: 3666 });
  expect(parse('[::1]:0')).toEqual({ host: '::1', port: 0 });
  expect(parse('8000')).toEqual({ host: '127.0.0.1', port: 8000 });
  for (const text of ['here', '1.2.3.4', 'localhost:70000']) {
    expect(() => parse(text)).toThrow(`${text} is not an address; write HOST:PORT, such as 127.0.0.1:3668.`);
  }
});
