import { OWN_PREFIX } from '@spookify/gateway/install';
import { codeOnly } from './surrealql-code.ts';

/** A fault of a DEFINE TABLE statement. */
export interface TableFault {
  readonly code: 'SPOOKY_CONFIG_NO_PERMISSIONS' | 'SPOOKY_CONFIG_RESERVED_TABLE';
  readonly table: string;
  /** The index of the statement in the text. */
  readonly index: number;
  readonly message: string;
}

const DEFINE_TABLE = /\bDEFINE\s+TABLE\s+(?:OVERWRITE\s+|IF\s+NOT\s+EXISTS\s+)?(`[^`]+`|⟨[^⟩]+⟩|\w+)([^;]*)/gi;

/** The names of the tables that a SurrealQL file defines. */
export function definedTables(text: string): string[] {
  return [...codeOnly(text).matchAll(DEFINE_TABLE)].map(([, written = '']) => plainName(written));
}

/**
 * Finds faults of DEFINE TABLE statements in the text. The engine's INFO does not show them, because it reports a table without
 * PERMISSIONS like one with PERMISSIONS NONE.
 *
 * @param text a file of SurrealQL
 */
export function checkTableDefinitions(text: string): TableFault[] {
  return [...codeOnly(text).matchAll(DEFINE_TABLE)].flatMap(
    ({ 1: written = '', 2: rest = '', index }): TableFault[] => {
      const table = plainName(written);
      if (table.startsWith(OWN_PREFIX)) {
        const message = `names that begin with ${OWN_PREFIX} belong to the engine; rename the table`;
        return [{ code: 'SPOOKY_CONFIG_RESERVED_TABLE', table, index, message }];
      }
      if (/\bPERMISSIONS\b/i.test(rest)) return [];
      const message =
        'has no PERMISSIONS, so browsers cannot see it and it gets no type; add who may select, create, update and delete, or PERMISSIONS NONE if it is meant to be closed';
      return [{ code: 'SPOOKY_CONFIG_NO_PERMISSIONS', table, index, message }];
    },
  );
}

/** Removes the quotes of a name. */
function plainName(written: string): string {
  return written.replace(/^[`⟨]|[`⟩]$/g, '');
}
