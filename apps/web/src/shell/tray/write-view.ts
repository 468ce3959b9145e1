import type { ClientErrorCode, FailedWrite } from '@spookify/client';

/** A field of a refused write, in words. */
export interface FieldView {
  readonly name: string;
  /** What this person wrote. */
  readonly own: string;
  /** After a conflict: what somebody else has stored. Otherwise undefined. */
  readonly stored: string | undefined;
}

/** Returns what a refused write was to do: "Change of a thread". */
export function writeHeading({ kind, id }: Pick<FailedWrite, 'kind' | 'id'>): string {
  const what = words(id.table.name);
  switch (kind) {
    case 'create':
      return `New ${what}`;
    case 'update':
      return `Change of a ${what}`;
    case 'delete':
      return `Deletion of a ${what}`;
    case 'run':
      return `Start of a ${what}`;
  }
}

/**
 * Returns the fields that help a person to recognise the write and to choose: after a conflict those in conflict, otherwise
 * all texts and numbers. References to other records say nothing to a person.
 */
export function writeFields({ kind, fields, error }: Pick<FailedWrite, 'kind' | 'fields' | 'error'>): FieldView[] {
  if (isConflict({ error })) {
    return Object.entries(error.conflict).map(([name, stored]) => ({
      name: words(name),
      own: text(fields[name]),
      stored: text(stored),
    }));
  }
  if (kind === 'run') return [];
  return Object.entries(fields).flatMap(([name, value]) =>
    typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
      ? [{ name: words(name), own: text(value), stored: undefined }]
      : [],
  );
}

/** Whether somebody else has changed the same fields, so that the person has two versions to choose from. */
export function isConflict({ error }: Pick<FailedWrite, 'error'>): boolean {
  return error.code === 'SPOOKY_CLIENT_CONFLICT' && Object.keys(error.conflict).length > 0;
}

/**
 * Whether a refused write has a button to send it again. What a blocked one depends on is in the list too, and a retry of
 * that sends both.
 */
export function canRetry(code: ClientErrorCode): boolean {
  return code !== 'SPOOKY_CLIENT_BLOCKED';
}

function text(value: unknown): string {
  return value === undefined || value === null || value === '' ? '(empty)' : String(value);
}

/** The name of a table or field, as words. */
function words(name: string): string {
  return name.replaceAll('_', ' ');
}
