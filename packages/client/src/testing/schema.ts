import { type DateTime, type Duration, defineSchema, type RecordId } from '../index.ts';
import { payloadModuleOf } from './payload-module.ts';
import { REQUESTS } from './requests.ts';

/** What `spooky generate` writes for the fixture schema, by hand and a little shorter. */
export interface Tables {
  user: {
    row: { id: RecordId<'user'>; username: string; created_at: DateTime };
    create: { username: string };
    update: Record<never, never>;
    relations: Record<never, never>;
  };
  thread: {
    row: {
      id: RecordId<'thread'>;
      title: string;
      content: string;
      author: RecordId<'user'>;
      created_at: DateTime;
    };
    create: { title: string; content: string; author?: RecordId<'user'> };
    update: { title?: string; content?: string };
    relations: {
      author: { table: 'user'; many: false };
      comments: { table: 'comment'; many: true };
      jobs: { table: 'job'; many: true };
      suggestions: { table: 'suggestion'; many: true };
    };
  };
  suggestion: {
    row: {
      id: RecordId<'suggestion'>;
      thread: RecordId<'thread'>;
      title?: string | undefined;
      content?: string | undefined;
      written_by: string;
    };
    create: never;
    update: { title?: string | undefined; content?: string | undefined };
    relations: { thread: { table: 'thread'; many: false } };
  };
  comment: {
    row: {
      id: RecordId<'comment'>;
      thread: RecordId<'thread'>;
      content: string;
      author: RecordId<'user'>;
      created_at: DateTime;
    };
    create: { thread: RecordId<'thread'>; content: string };
    update: Record<never, never>;
    relations: { thread: { table: 'thread'; many: false }; author: { table: 'user'; many: false } };
  };
  job: {
    row: {
      id: RecordId<'job'>;
      assigned_to?: RecordId<'thread'> | undefined;
      path: string;
      payload: Record<string, unknown>;
      status: 'pending' | 'processing' | 'success' | 'failed';
      retries: number;
      max_retries: number;
      retry_strategy: 'linear' | 'exponential';
      timeout?: Duration | undefined;
      unique_key?: string | undefined;
      request?: 'cancel' | 'retry' | undefined;
      run_at: DateTime;
      errors: Record<string, unknown>[];
      created_at: DateTime;
      updated_at: DateTime;
    };
    create: { path: string; assigned_to?: RecordId<'thread'> | undefined };
    update: { request?: 'cancel' | 'retry' | undefined };
    relations: { assigned_to: { table: 'thread'; many: false } };
  };
}

export interface Backends {
  api: { '/spookify': { payload: { id: string }; result: { writer: string } } };
}

export const schema = defineSchema<Tables, Backends>({
  tables: {
    user: { fields: ['id', 'username', 'created_at'], relations: {} },
    thread: {
      fields: ['id', 'title', 'content', 'author', 'created_at'],
      records: ['author'],
      defaults: { author: { is: 'user' }, created_at: { is: 'now' } },
      relations: {
        author: { table: 'user', many: false, field: 'author' },
        comments: { table: 'comment', many: true, field: 'thread' },
        jobs: { table: 'job', many: true, field: 'assigned_to' },
        suggestions: { table: 'suggestion', many: true, field: 'thread' },
      },
    },
    suggestion: {
      fields: ['id', 'thread', 'title', 'content', 'written_by'],
      records: ['thread'],
      relations: { thread: { table: 'thread', many: false, field: 'thread' } },
    },
    comment: {
      fields: ['id', 'thread', 'content', 'author', 'created_at'],
      records: ['thread', 'author'],
      defaults: { author: { is: 'user' }, created_at: { is: 'now' } },
      relations: {
        thread: { table: 'thread', many: false, field: 'thread' },
        author: { table: 'user', many: false, field: 'author' },
      },
    },
    job: {
      fields: [
        'id',
        'assigned_to',
        'path',
        'payload',
        'status',
        'retries',
        'max_retries',
        'retry_strategy',
        'timeout',
        'unique_key',
        'request',
        'run_at',
        'errors',
        'created_at',
        'updated_at',
      ],
      records: ['assigned_to'],
      defaults: {
        created_at: { is: 'now' },
        errors: { value: [] },
        max_retries: { value: 3 },
        payload: { value: {} },
        retries: { value: 0 },
        retry_strategy: { value: 'linear' },
        run_at: { is: 'now' },
        status: { value: 'pending' },
        updated_at: { is: 'now' },
      },
      relations: { assigned_to: { table: 'thread', many: false, field: 'assigned_to' } },
    },
  },
  backends: {
    api: {
      table: 'job',
      routes: ['/spookify'],
    },
  },
  payloads: () => payloadModuleOf(REQUESTS),
});
