import { useNow } from './clock.ts';
import { relativeTime } from './relative-time.ts';

const full = new Intl.DateTimeFormat('en', { dateStyle: 'long', timeStyle: 'short' });

/** A time in words that stays up to date. Its tooltip has the full date. */
export function When(props: { date: Date }) {
  const now = useNow(20_000);
  return (
    <time dateTime={props.date.toISOString()} title={full.format(props.date)}>
      {relativeTime(props.date, now())}
    </time>
  );
}
