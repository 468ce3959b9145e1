import { A, Navigate, useSearchParams } from '@solidjs/router';
import { useConnection } from '@spookify/solid';
import { createEffect, createSignal, on, Show } from 'solid-js';
import { db } from '../db.ts';
import { createAction } from '../form/action.ts';
import { Button } from '../form/button.tsx';
import { Field } from '../form/field.tsx';
import { Problem } from '../form/problem.tsx';
import { nextPath, signInPath } from '../session/next-path.ts';
import { useSession } from '../session/session.ts';
import { TAGLINE } from '../session/tagline.ts';
import { isReturning } from '../session/visitor.ts';
import { LampScene } from '../shell/lamp.tsx';
import { usePageTitle } from '../shell/page-title.ts';

type Mode = 'sign-in' | 'sign-up';

const words = {
  'sign-in': {
    heading: { first: 'Welcome', returning: 'Welcome back' },
    button: 'Sign in',
    other: { page: '/sign-up', question: 'New here?', link: 'Create an account' },
  },
  'sign-up': {
    heading: { first: 'Create your account', returning: 'Create your account' },
    button: 'Sign up',
    other: { page: '/sign-in', question: 'Already have an account?', link: 'Sign in instead' },
  },
} as const;

/** Sign-in and sign-up: one form with two addresses. A person who is signed in is redirected to the previous page. */
export function SignIn(props: { mode: Mode }) {
  const session = useSession();
  const connection = useConnection(db);
  const [search] = useSearchParams();
  const [username, setUsername] = createSignal('');
  const [password, setPassword] = createSignal('');
  const [missing, setMissing] = createSignal<{ username?: string; password?: string }>({});
  const back = () => nextPath(search.next);
  const text = () => words[props.mode];
  const visitor = isReturning() ? 'returning' : 'first';
  usePageTitle(() => text().button);

  const enter = createAction(async (mode: Mode) => {
    const credentials = { username: username().trim(), password: password() };
    await (mode === 'sign-up' ? db.auth.signUp('account', credentials) : db.auth.signIn('account', credentials));
  });

  // An error of one mode says nothing about the other.
  createEffect(
    on(
      () => props.mode,
      () => {
        setMissing({});
        enter.clear();
      },
      { defer: true },
    ),
  );

  let form!: HTMLFormElement;
  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const found: { username?: string; password?: string } = {};
    if (username().trim() === '') found.username = 'Enter your username.';
    if (password() === '') found.password = 'Enter your password.';
    setMissing(found);
    if (Object.keys(found).length > 0) form.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus();
    else await enter.run(props.mode);
  };

  return (
    <Show when={session.state() !== 'signed-in'} fallback={<Navigate href={back()} />}>
      <div class="mx-auto grid max-w-4xl items-start gap-x-20 gap-y-10 md:grid-cols-[1fr_22rem] md:pt-8">
        <div class="hidden md:block">
          <LampScene />
          <p class="mx-auto mt-9 max-w-sm text-center font-serif text-2xl leading-snug text-balance text-dust italic">
            {TAGLINE}
          </p>
        </div>
        <div>
          <h1 class="font-serif text-4xl">{text().heading[visitor]}</h1>
          {/* On a wide screen this is shown beside the lamp instead. */}
          <Show when={visitor === 'first'}>
            <p class="mt-3 mb-5 font-serif text-xl leading-snug text-dust italic md:hidden">{TAGLINE}</p>
          </Show>
          <p class="mt-2 mb-7 text-dust">
            {text().other.question}{' '}
            <A
              href={signInPath(back(), text().other.page)}
              class="text-phosphor underline decoration-1 underline-offset-4 hover:text-paper"
            >
              {text().other.link}
            </A>
          </p>
          <Show when={connection().kind === 'needs-auth'}>
            <p role="status" class="mb-6 border-l-2 border-lamp pl-3 text-[0.9375rem] text-lamp">
              Your session has ended. Please sign in again.
            </p>
          </Show>
          <form ref={form} onSubmit={submit} noValidate>
            <Field
              label="Username"
              value={username()}
              onValue={setUsername}
              error={missing().username}
              hint={props.mode === 'sign-up' ? '3 to 32 letters, digits, - or _' : undefined}
              inputProps={{ name: 'username', autocomplete: 'username', autocapitalize: 'none', spellcheck: false }}
            />
            <Field
              label="Password"
              value={password()}
              onValue={setPassword}
              error={missing().password}
              hint={props.mode === 'sign-up' ? 'At least 8 characters' : undefined}
              inputProps={{
                name: 'password',
                type: 'password',
                autocomplete: props.mode === 'sign-up' ? 'new-password' : 'current-password',
              }}
            />
            <Button type="submit" look="glow" busy={enter.busy()} class="mt-1 w-full">
              {text().button}
            </Button>
            <Problem explanation={enter.error()} class="mt-5" />
          </form>
        </div>
      </div>
    </Show>
  );
}
