import { installDevtools } from '@spookify/client/devtools';
import { render } from 'solid-js/web';
import { db } from '../db.ts';
import { ToggledPanel } from './toggled-panel.tsx';

/* Loaded by main.tsx in development only: a built app has neither this folder nor the tools of the client. */

installDevtools(db);
const host = document.createElement('div');
document.body.append(host);
render(() => <ToggledPanel />, host);
