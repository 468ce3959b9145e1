import { ClientError } from '@spookify/client';

/** What a function returns, or the ClientError that it throws. Other errors are defects and are thrown. */
export function attempt<Result>(task: () => Result): Result | ClientError {
  try {
    return task();
  } catch (error) {
    return clientError(error);
  }
}

/** The ClientError that a promise rejects with; undefined if it resolves. Other errors are defects and are thrown. */
export function refusalOf(work: Promise<unknown>): Promise<ClientError | undefined> {
  return work.then(() => undefined, clientError);
}

function clientError(error: unknown): ClientError {
  if (error instanceof ClientError) return error;
  throw error;
}
