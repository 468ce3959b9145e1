import { useNow } from '../shell/clock.ts';
import { timeUntil } from './time-until.ts';

/** Shows how long until something happens, and counts down: "Starts in 40 s", "Starts now". */
export function Countdown(props: { what: string; dueAt: Date }) {
  const now = useNow(250);
  return (
    <span role="timer" class="tabular-nums">
      {props.what} {timeUntil(props.dueAt, now())}
    </span>
  );
}
