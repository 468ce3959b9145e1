import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';

/** The home page of a person who is signed in. */
export function Home() {
  usePageTitle(() => 'Home');
  return (
    <Notice heading="Nothing here yet" mood="asleep">
      <p>
        This page is <Code>apps/web/src/routes/home.tsx</Code>.
      </p>
      <p>
        <Code>npx spooky add table note</Code> adds a table with a page.
      </p>
      <p>
        <Code>npx spooky add route /summarize</Code> adds work for the backend.
      </p>
    </Notice>
  );
}

function Code(props: { children: string }) {
  return <code class="wrap-anywhere text-paper">{props.children}</code>;
}
