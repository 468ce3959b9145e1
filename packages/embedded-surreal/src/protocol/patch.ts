/**
 * RPC `patch`: the engine follows the path of each operation recursively. 30,000 parts work, 50,000 end the process.
 */
import { type Call, forward } from './call.ts';
import { codec } from './codec.ts';
import { fail, type Reply } from './frames.ts';
import { excessiveDepth } from './rpc-error.ts';

const MAX_PARTS = 10_000;
const SLASH = '/'.charCodeAt(0);

export async function patchRecord(call: Call): Promise<Reply> {
  const { request } = call;
  if (!hasManySlashes(request.params)) return forward(call);
  const params = codec.decode(request.params);
  if (pathsOf(params).some((path) => path.split('/').length > MAX_PARTS)) return fail(excessiveDepth());
  // Encode the values that were checked: the engine reads chunked text differently.
  return forward({ ...call, request: { ...request, params: codec.encode(params) } });
}

function hasManySlashes(params: Uint8Array): boolean {
  let slashes = 0;
  for (const byte of params) if (byte === SLASH) slashes += 1;
  return slashes >= MAX_PARTS;
}

function pathsOf(params: unknown): string[] {
  const [, operations] = Array.isArray(params) ? (params as unknown[]) : [];
  if (!Array.isArray(operations)) return [];
  return operations.flatMap((operation) => {
    const { path, from } = Object(operation) as { path?: unknown; from?: unknown };
    return [path, from].filter((value) => typeof value === 'string');
  });
}
