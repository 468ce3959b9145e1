import { render } from 'solid-js/web';
import './app.css';
import { App } from './app.tsx';
import { startServiceWorker } from './shell/service-worker.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no element with the id "app".');
render(() => <App />, root);
if (import.meta.env.PROD) startServiceWorker();
// A build has the developer tools only with VITE_DEVTOOLS=1, and then shows them only to pages with `?devtools`.
if (
  import.meta.env.DEV ||
  (import.meta.env.VITE_DEVTOOLS === '1' && new URL(location.href).searchParams.has('devtools'))
)
  void import('./devtools/start.tsx');
