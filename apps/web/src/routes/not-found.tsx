import { A } from '@solidjs/router';
import { Notice } from '../shell/notice.tsx';
import { usePageTitle } from '../shell/page-title.ts';

export function NotFound() {
  usePageTitle(() => 'Not here');
  return (
    <Notice heading="There is nothing here" mood="asleep">
      <p>No page has this address.</p>
      <A href="/" class="text-phosphor underline underline-offset-4">
        Go to the first page
      </A>
    </Notice>
  );
}
