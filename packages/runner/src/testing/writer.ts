import type { Connection } from '../connection.ts';
import { createWriter, type Writer } from '../outbox/writer.ts';
import { type Caller, createRegistry, fenceText } from '../ownership/registry.ts';
import { withFence } from '../ownership/statements.ts';

export interface TestWriter extends Writer {
  /** The id of the runner that writes. */
  readonly runner: string;
  /** Declares it dead, as another runner would. */
  die(): Promise<void>;
}

/** The writer of a registered runner that neither beats nor owns anything. */
export async function createTestWriter(connection: Connection, runner = 'me'): Promise<TestWriter> {
  const registry = createRegistry(connection);
  const caller: Caller = { id: runner, tables: ['job'] };
  await registry.register(caller, undefined);
  const writer = createWriter(connection, {
    onFenced: () => {},
    fenced: (k, statements) => withFence(fenceText(runner, k), statements),
  });
  return { ...writer, runner, die: () => registry.die(caller) };
}
