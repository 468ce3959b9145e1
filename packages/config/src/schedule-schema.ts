import { z } from 'zod';
import { cronFault, isTimezone } from './cron.ts';
import { duration, text } from './fields.ts';

export const schedule = z
  .strictObject({
    cron: z
      .string()
      .superRefine((value, context) => {
        const fault = cronFault(value);
        if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
      })
      .optional()
      .meta({
        description: 'When it fires: minute, hour, day of the month, month, day of the week. Instead of every.',
        examples: ['0 3 * * *'],
      }),
    timezone: z
      .string()
      .refine(isTimezone, 'must be the IANA name of a time zone')
      .optional()
      .meta({ description: 'The time zone of cron. Default: UTC.', examples: ['Europe/Berlin'] }),
    every: duration('How often it fires, counted from 1970-01-01T00:00:00Z. Instead of cron.', '5m', [
      '1s',
      '3650d',
    ]).optional(),
    backend: text('The backend that gets the job, by its name under backends.', 'api'),
    route: text("The path of the job: a route of the backend's spec.", '/spookify'),
    payload: z
      .record(z.string(), z.unknown())
      .default({})
      .meta({
        description: "The payload of the job; must match the route's schema. Default: {}.",
        examples: [{ id: 'thread:a' }],
      }),
    concurrency: z
      .enum(['skip', 'allow', 'replace'])
      .default('skip')
      .meta({
        description:
          'What a fire does while a job of an earlier one waits or runs: skip (no new job), allow (both) or replace (cancel the earlier one).',
        examples: ['skip'],
      }),
  })
  .meta({
    description: 'A job that starts by the calendar: its time (cron or every) and its target.',
    examples: [{ cron: '0 3 * * *', timezone: 'Europe/Berlin', backend: 'api', route: '/spookify' }],
  });

/** The name becomes part of the ids of its jobs, with `_` instead of `-`, so two names must not become equal. */
export const scheduleName = z
  .string()
  .refine(
    (value) => /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(value) && value.length <= 64,
    'a schedule name has at most 64 lower-case letters and digits, with single - between them; rename it',
  );
