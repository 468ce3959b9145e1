/** Error responses over HTTP, with the bodies and status codes of a SurrealDB server. */
import { codec } from '../protocol/codec.ts';
import type { Reply } from '../protocol/frames.ts';

interface Body {
  readonly code: number;
  readonly details: string;
  readonly description?: string;
  readonly information?: string;
}

/** An error response. */
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

  /** The credentials in the headers are wrong. */
  static unauthorized(message: string): HttpProblem {
    return HttpProblem.text(401, message);
  }

  /** An error from or about an endpoint of DEFINE API. */
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
      // The misspelling is in SurrealDB's own response; clients may compare it.
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

  /** The response for an error of the engine; its status follows from the error's kind. */
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

/** True for wrong or expired credentials, false for valid ones without the necessary right. */
function isAboutCredentials({ details }: EngineError): boolean {
  return details?.kind === 'Auth' && !['NotAllowed', 'InvalidRole'].includes(details.details?.kind ?? '');
}

export const problemOf = (error: unknown): HttpProblem =>
  error instanceof HttpProblem ? error : HttpProblem.internal();
