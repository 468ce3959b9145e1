import { A } from '@solidjs/router';
import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';

export function NotFound() {
  usePageTitle(() => 'Page not found');
  return (
    <Notice heading="Page not found" mood="asleep">
      <p>There is no page at this address.</p>
      <A href="/" class="text-phosphor underline underline-offset-4">
        Go to the home page
      </A>
    </Notice>
  );
}
