/** A kept session whose access token has run out. A refresh reads the token without asking for its signature. */
export function expired(session: string): string {
  const { access, refresh } = JSON.parse(session) as { access: string; refresh: string };
  const [head, body = '', signature] = access.split('.');
  const claims = JSON.parse(Buffer.from(body, 'base64url').toString()) as object;
  const past = Buffer.from(JSON.stringify({ ...claims, exp: 1 })).toString('base64url');
  return JSON.stringify({ access: [head, past, signature].join('.'), refresh });
}
