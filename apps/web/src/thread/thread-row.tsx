import { A } from '@solidjs/router';
import { type JSX, Match, Switch } from 'solid-js';
import { When } from '../shell/when.tsx';
import { Countdown } from './countdown.tsx';
import { isUnderWay, type JobFacts, jobView } from './job-view.ts';

/** One thread in the list: its title, its first lines, who wrote it and when, and for its author what waits there. */
export function ThreadRow(props: {
  href: string;
  title: string;
  content: string;
  author: string | undefined;
  createdAt: Date;
  job: JobFacts | undefined;
  hasSuggestion: boolean;
}) {
  return (
    <li class="group relative border-t border-rule py-5 first:border-t-0 first:pt-0">
      <A
        href={props.href}
        class="font-serif text-[1.4375rem] leading-snug wrap-anywhere text-balance decoration-phosphor decoration-1 underline-offset-4 group-hover:underline after:absolute after:inset-0"
      >
        {props.title}
      </A>
      <p class="mt-1 line-clamp-2 font-serif text-dust wrap-anywhere">{props.content}</p>
      <p class="mt-2 flex flex-wrap items-center gap-x-2 gap-y-1 text-[0.9375rem] text-dust">
        <span class="wrap-anywhere">{props.author ?? 'someone'}</span>
        <span aria-hidden="true">·</span>
        <When date={props.createdAt} />
        <Sign job={props.job} hasSuggestion={props.hasSuggestion} />
      </p>
    </li>
  );
}

function Sign(props: { job: JobFacts | undefined; hasSuggestion: boolean }) {
  const view = () => jobView(props.job);
  const startsAt = () => {
    const now = view();
    return now.kind === 'waiting' ? now.dueAt : undefined;
  };
  return (
    <Switch>
      <Match when={startsAt()}>
        {(dueAt) => (
          <Mark light="bg-rule" text="text-dust">
            <Countdown what="The ghost starts" dueAt={dueAt()} />
          </Mark>
        )}
      </Match>
      <Match when={isUnderWay(view())}>
        <Mark light="bg-phosphor animate-breathe" text="text-phosphor">
          {view().kind === 'retrying' ? 'Trying again' : 'The ghost is at work'}
        </Mark>
      </Match>
      <Match when={view().kind === 'failed'}>
        <Mark light="bg-ember" text="text-ember">
          Spookify failed
        </Mark>
      </Match>
      <Match when={props.hasSuggestion}>
        <Mark light="bg-phosphor" text="text-phosphor">
          A suggestion waits
        </Mark>
      </Match>
    </Switch>
  );
}

function Mark(props: { light: string; text: string; children: JSX.Element }) {
  return (
    <span class={`inline-flex items-center gap-2 sm:ml-auto ${props.text}`}>
      <span class={`size-2 rounded-full ${props.light}`} aria-hidden="true" />
      {props.children}
    </span>
  );
}
