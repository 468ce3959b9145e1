import { LinkError, type Queries, type SessionPool } from '@spookify/surreal-link';
import { RecordId } from 'surrealdb';
import { GATEWAY_ACCESS, RECEIPT_TABLE, SESSION_TABLE } from '../install/names.ts';
import { type EngineTokenOptions, mintEngineToken } from '../session/tokens.ts';
import { GatewayStartError } from './start-error.ts';

interface Info {
  readonly accesses: readonly { readonly name: string }[];
  readonly tables: readonly { readonly name: string }[];
}

/**
 * Checks that the database has what `installGateway` adds and that it accepts tokens signed with this key.
 *
 * @throws GatewayStartError SPOOKY_GATEWAY_NOT_INSTALLED or SPOOKY_GATEWAY_WRONG_KEY
 */
export async function checkDatabase(
  database: Queries,
  pool: SessionPool,
  names: Pick<EngineTokenOptions, 'tokenKey' | 'namespace' | 'database'>,
): Promise<void> {
  const { accesses, tables } = await database.query<Info>('INFO FOR DB STRUCTURE');
  const has = (list: readonly { readonly name: string }[], name: string): boolean =>
    list.some((entry) => entry.name === name);
  if (!has(accesses, GATEWAY_ACCESS) || ![SESSION_TABLE, RECEIPT_TABLE].every((name) => has(tables, name))) {
    throw new GatewayStartError(
      'SPOOKY_GATEWAY_NOT_INSTALLED',
      `the database ${names.database} lacks the gateway's tables; run \`spooky db migrate\`, then start again`,
    );
  }
  // No record has this id. A token for it opens a session that can read nothing.
  const probed = new RecordId(SESSION_TABLE, 'probe');
  const probe = pool.session(() => ({ token: mintEngineToken({ ...names, user: probed, now: Date.now() }) }));
  try {
    await probe.query('RETURN NONE');
  } catch (cause) {
    if (!(cause instanceof LinkError) || !/_SESSION_(REFUSED|EXPIRED)$/.test(cause.code)) throw cause;
    throw new GatewayStartError(
      'SPOOKY_GATEWAY_WRONG_KEY',
      'the database refuses tokens of this gateway; give all gateways the SPOOKY_GATEWAY_KEY that `spooky db migrate` was run with, and correct the clock of this machine if it is more than an hour behind',
      { cause },
    );
  } finally {
    await probe.close();
  }
}
