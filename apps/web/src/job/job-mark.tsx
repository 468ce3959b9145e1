import { type JSX, Match, Switch } from 'solid-js';
import { Mark } from '../shell/mark.tsx';
import { Countdown } from './countdown.tsx';
import { isUnderWay, type JobFacts, jobView } from './job-view.ts';

/** Shows a job in a few words, for a row of a list. `JobPanel` shows all of it. */
export function JobMark(props: {
  /** The latest job of the row's record; undefined if there is none. */
  job: JobFacts | undefined;
  /** The names of its states: a few words each, without a full stop. `starts` is followed by "in 40 s". */
  words: Readonly<Record<'starts' | 'running' | 'retrying' | 'failed', string>>;
  /** Shown if no job is active and the last one did not fail. */
  children: JSX.Element;
}) {
  const view = () => jobView(props.job);
  const startsAt = () => {
    const now = view();
    return now.kind === 'waiting' ? now.dueAt : undefined;
  };
  return (
    <Switch fallback={props.children}>
      <Match when={startsAt()}>
        {(dueAt) => (
          <Mark light="bg-rule" text="text-dust">
            <Countdown what={props.words.starts} dueAt={dueAt()} />
          </Mark>
        )}
      </Match>
      <Match when={view().kind === 'retrying'}>
        <Mark light="bg-lamp animate-breathe" text="text-lamp">
          {props.words.retrying}
        </Mark>
      </Match>
      <Match when={isUnderWay(view())}>
        <Mark light="bg-phosphor animate-breathe" text="text-phosphor">
          {props.words.running}
        </Mark>
      </Match>
      <Match when={view().kind === 'failed'}>
        <Mark light="bg-ember" text="text-ember">
          {props.words.failed}
        </Mark>
      </Match>
    </Switch>
  );
}
