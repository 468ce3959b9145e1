/** From a storage to an engine, and back: whoever opens here may be sure to be the only one on the folder. */
import { Engine } from './engine.ts';
import { openNativeEngine } from './native-engine.ts';
import type { Storage } from './storage.ts';

export interface OpenStorage {
  readonly engine: Engine;
  close(): Promise<void>;
}

export async function openStorage(storage: Storage): Promise<OpenStorage> {
  const native = await openNativeEngine(storage.type === 'memory' ? 'mem://' : `rocksdb://${storage.path}`);
  return { engine: new Engine(native), close: () => native.free() };
}
