/** A server in a child process that may die or freeze, and a record user on a raw connection. */
import { connectRoot, temporaryFolder } from './database.ts';
import { applyFixture, signUpFixture } from './notes-fixture.ts';
import { RawClient } from './raw-client.ts';
import { type Started, type StartOptions, startProcess } from './started-process.ts';

/** A thousand million steps that the engine computes without a pause. */
export const CLOSURE_BOMB =
  'RETURN array::range(0, 1000).map(|$a| array::range(0, 1000).map(|$b| array::range(0, 1000).map(|$c| $a + $b + $c)))';

export interface ChildServer {
  readonly child: Started['child'];
  readonly url: string;
  /** Signed in as the record user `eve`. */
  readonly eve: RawClient;
}

export async function startChildServer(options: StartOptions = {}): Promise<ChildServer> {
  const { child, url = '' } = await startProcess(await temporaryFolder(), options);
  const admin = await connectRoot(url);
  await applyFixture(admin);
  const { token, client } = await signUpFixture(url, 'eve');
  const eve = await RawClient.connect(url);
  await eve.call('authenticate', [token]);
  await Promise.all([admin.close(), client.close()]);
  return { child, url, eve };
}
