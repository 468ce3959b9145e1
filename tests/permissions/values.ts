import { DateTime } from 'surrealdb';

export const PAST = new DateTime('2020-01-02T03:04:05.678Z');
export const FUTURE = new DateTime('2100-01-01T00:00:00Z');
export const long = (length: number): string => 'x'.repeat(length);
