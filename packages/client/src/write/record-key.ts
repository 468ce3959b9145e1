/** Returns a key like those that SurrealDB generates: 20 letters and digits, about 103 bits. */
export function randomKey(): string {
  const letters = 'abcdefghijklmnopqrstuvwxyz0123456789';
  // 252 is the largest multiple of 36 in a byte. Larger bytes would favour the first letters.
  let key = '';
  while (key.length < 20) {
    for (const byte of crypto.getRandomValues(new Uint8Array(24))) {
      if (byte < 252 && key.length < 20) key += letters[byte % 36];
    }
  }
  return key;
}
