import { A } from '@solidjs/router';
import { Show } from 'solid-js';
import { JobMark } from '../job/job-mark.tsx';
import type { JobFacts } from '../job/job-view.ts';
import { Mark } from '../shell/mark.tsx';
import { When } from '../shell/when.tsx';

/** One thread in the list: its title, first lines, author and time, and for its author the status of its job. */
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
        <JobMark job={props.job} words={JOB_WORDS}>
          <Show when={props.hasSuggestion}>
            <Mark light="bg-phosphor" text="text-phosphor">
              Suggestion ready
            </Mark>
          </Show>
        </JobMark>
      </p>
    </li>
  );
}

const JOB_WORDS = {
  starts: 'The ghost starts',
  running: 'The ghost is writing',
  retrying: 'Retrying',
  failed: 'Spookify failed',
};
