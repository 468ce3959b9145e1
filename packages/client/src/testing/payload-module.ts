import { payloadCode, type RequestSchemas } from '@spookify/config/payload-code';
import { payloadIssues } from '../payload-issues.ts';
import type { PayloadModule } from '../schema-types.ts';

/** Imports the module that `spooky generate` writes for these schemas. */
export async function payloadModuleOf(schemas: RequestSchemas): Promise<PayloadModule> {
  // The name is for stack traces, which would have the whole text otherwise.
  const code = encodeURIComponent(`${payloadCode(schemas)}\n//# sourceURL=payload-module.js\n`);
  const { payloads } = await import(/* @vite-ignore */ `data:text/javascript,${code}`);
  return { payloads, payloadIssues };
}
