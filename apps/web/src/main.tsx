import { render } from 'solid-js/web';
import './app.css';
import { App } from './app.tsx';
import { startServiceWorker } from './shell/service-worker.ts';

const root = document.getElementById('app');
if (root === null) throw new Error('index.html has no element with the id "app".');
render(() => <App />, root);
if (import.meta.env.PROD) startServiceWorker();
