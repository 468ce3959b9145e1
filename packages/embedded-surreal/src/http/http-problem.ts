/** The bodies and status codes with which a SurrealDB server refuses over HTTP. */
import { codec } from '../protocol/codec.ts';
import type { Reply } from '../protocol/frames.ts';

interface Body {
  readonly code: number;
  readonly details: string;
  readonly description?: string;
  readonly information?: string;
}

/** An answer that is not the one that was asked for. */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly contentType: string;
  readonly body: string;

  private constructor(status: number, contentType: string, body: string) {
    super(`HTTP ${status}`);
    this.status = status;
    this.contentType = contentType;
    this.body = body;
  }

  static json(body: Body): HttpProblem {
    return new HttpProblem(body.code, 'application/json', JSON.stringify(body));
  }

  static text(status: number, message: string): HttpProblem {
    return new HttpProblem(status, 'text/plain; charset=utf-8', message);
  }

  /** What the headers claim about the sender is not so. */
  static unauthorized(message: string): HttpProblem {
    return HttpProblem.text(401, message);
  }

  /** An endpoint that DEFINE API made, or did not. */
  static api(code: number, description: string): HttpProblem {
    return HttpProblem.json({ code, details: 'An error occurred while processing this API request', description });
  }

  static notFound(path: string): HttpProblem {
    return HttpProblem.json({
      code: 404,
      details: 'Not found',
      description: 'The request was made to an endpoint which does not exist.',
      information: `The HTTP route '${path}' is not found`,
    });
  }

  static tooLarge(limit: number): HttpProblem {
    return HttpProblem.text(413, `The request body is larger than ${limit} bytes`);
  }

  static mediaType(): HttpProblem {
    return HttpProblem.json({
      code: 415,
      details: 'Unsupported media type',
      description:
        'The request needs to adhere to certain constraints. Refer to the documentation for supported content types.',
    });
  }

  static badRequest(information: string): HttpProblem {
    return HttpProblem.json({
      code: 400,
      // The misspelling is the original's; clients may compare it.
      details: 'Request problems dectected',
      description: 'There is a problem with your request. Refer to the documentation for further information.',
      information,
    });
  }

  static internal(): HttpProblem {
    return HttpProblem.json({
      code: 500,
      details: 'Health check failed',
      description:
        'The database health check for this instance failed. There was an issue with the underlying storage engine.',
      information: 'There was a problem connecting with the storage engine',
    });
  }

  /** An error of the engine, with the status that its kind has. */
  static fromReply(reply: Reply & { ok: false }): HttpProblem {
    const error = codec.decode(reply.error) as EngineError;
    if (error.kind === 'NotFound') {
      return HttpProblem.json({
        code: 404,
        details: 'Not found',
        description: 'The requested resource was not found.',
        information: error.message,
      });
    }
    if (error.kind !== 'NotAllowed') return HttpProblem.badRequest(error.message);
    if (isAboutCredentials(error)) {
      return HttpProblem.json({
        code: 401,
        details: 'Authentication failed',
        description: 'Your authentication details are invalid. Reauthenticate using valid authentication parameters.',
        information: 'There was a problem with authentication',
      });
    }
    return HttpProblem.forbidden(error.message);
  }

  static forbidden(information: string): HttpProblem {
    return HttpProblem.json({ code: 403, details: 'Forbidden', description: 'Not allowed to do this.', information });
  }
}

interface EngineError {
  readonly kind: string;
  readonly message: string;
  readonly details?: { readonly kind?: string; readonly details?: { readonly kind?: string } };
}

/** Wrong or expired credentials, as opposed to right ones that are not enough. */
function isAboutCredentials({ details }: EngineError): boolean {
  return details?.kind === 'Auth' && !['NotAllowed', 'InvalidRole'].includes(details.details?.kind ?? '');
}

export const problemOf = (error: unknown): HttpProblem =>
  error instanceof HttpProblem ? error : HttpProblem.internal();
