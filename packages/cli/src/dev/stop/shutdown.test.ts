/** Every way in which `spooky dev` can end, with children that do not stop by themselves. Needs the built package. */
import { acceptsConnections } from '@spookify/supervisor';
import { describe, expect, it, type TestContext, vi } from 'vitest';
import { isAlive } from '../../is-alive.ts';
import { miniProject } from '../../testing/mini-project.ts';
import { SECRETS } from '../../testing/secrets.ts';
import { CRASH, type SpookyOptions, SpookyProcess } from '../../testing/spooky-process.ts';
import { addressOf } from '../plan/placement.ts';

/** A server that writes a line at every request. */
const LISTEN =
  "require('http').createServer((q, s) => { console.log('asked'); s.end(); }).listen(process.env.PORT, process.env.HOST)";
const CHILDREN = {
  'an obedient child': LISTEN,
  'a child that ignores SIGTERM': `process.on('SIGTERM', () => {}); ${LISTEN}`,
  'a child with grandchildren that ignore SIGTERM': `
    const nested = "require('child_process').spawn('sleep', ['1000'], { stdio: 'inherit' }).on('spawn', function () { console.log('GRANDCHILD', this.pid, process.pid) }); process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)";
    require('child_process').spawn(process.execPath, ['-e', nested], { stdio: 'inherit' });
    ${LISTEN}`,
  'a child that floods its output': `${LISTEN}; for (let line = 0; line < 3000; line++) process.stdout.write('x'.repeat(79) + '\\n')`,
} as const;
type Child = keyof typeof CHILDREN;

const stubborn: ReadonlySet<Child> = new Set([
  'a child that ignores SIGTERM',
  'a child with grandchildren that ignore SIGTERM',
]);

/** Most of these tests wait for timeouts, so several run at the same time. */
vi.setConfig({ testTimeout: 120_000 });

async function running(child: Child, { onTestFinished }: TestContext, options: SpookyOptions = {}) {
  const frontendDev = JSON.stringify(`exec "${process.execPath}" child.cjs`);
  const mini = await miniProject({ path: 'memory', frontendDev });
  onTestFinished(mini.remove);
  await mini.write('child.cjs', CHILDREN[child]);
  const spooky = new SpookyProcess(['dev', '--json', '--ports', 'free'], mini.root, SECRETS, options);
  onTestFinished(async () => {
    await spooky.stop('SIGKILL');
  });
  const { urls } = await spooky.ready();
  const grandchildren = () =>
    [...spooky.text.matchAll(/GRANDCHILD (\d+) (\d+)/g)].flatMap(([, ...pids]) => pids.map(Number));
  if (child === 'a child with grandchildren that ignore SIGTERM')
    await vi.waitFor(() => expect(grandchildren()).toHaveLength(2), 30_000);
  return {
    spooky,
    web: String(Object(urls).web),
    async expectNothingLeft() {
      const pids = [...spooky.processIds, ...grandchildren()];
      expect(pids.length).toBeGreaterThanOrEqual(4);
      await vi.waitFor(() => expect(pids.filter(isAlive)).toEqual([]), { timeout: 30_000 });
      for (const url of Object.values(Object(urls))) {
        expect(await acceptsConnections(addressOf(String(url))), `${url} is free`).toBe(false);
      }
    },
  };
}

const children = Object.keys(CHILDREN) as Child[];
const inTerminal = process.platform === 'linux' ? it.concurrent : it.skip;

describe.each(children)('with %s, spooky dev', (child) => {
  it.concurrent.for(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
    'stops everything after %s and first prints what it stops',
    async (signal, context) => {
      const { spooky, expectNothingLeft } = await running(child, context);
      expect(await spooky.stop(signal)).toBe(0);
      await expectNothingLeft();
      const how = signal === 'SIGINT' ? 'Ctrl+C' : signal;
      expect(spooky.events).toContainEqual({
        event: 'note',
        level: 'info',
        message: `${how}: stopping frontend.dev, gateway, runner, backend.api.dev, database; repeat it to exit immediately`,
      });
      const forced = spooky.events.filter((event) => event.forced === true).map(({ name }) => name);
      expect(forced).toEqual(stubborn.has(child) ? ['frontend.dev'] : []);
    },
  );

  it.concurrent('leaves nothing after kill -9', async (context) => {
    const { spooky, expectNothingLeft } = await running(child, context);
    expect(await spooky.stop('SIGKILL')).toBe('SIGKILL');
    await expectNothingLeft();
  });

  it.concurrent('prints the error, exits with 1 and leaves nothing after a crash of its own code', async (context) => {
    const { spooky, expectNothingLeft } = await running(child, context, { execArgv: ['--import', CRASH] });
    expect(await spooky.stop('SIGUSR2')).toBe(1);
    expect(spooky.text).toContain('a fault of its own');
    await expectNothingLeft();
  });

  it.concurrent('kills everything after a second Ctrl+C', async (context) => {
    const { spooky, expectNothingLeft } = await running(child, context);
    spooky.child.kill('SIGINT');
    await spooky.waitFor(({ message }) => String(message).startsWith('Ctrl+C: stopping'));
    // Two signals within 100 ms count as one, so this repeats them.
    await vi.waitFor(() => {
      spooky.child.kill('SIGINT');
      expect(spooky.child.exitCode).not.toBeNull();
    }, 30_000);
    // If all children stop at once, spooky may have exited before the second signal.
    expect(stubborn.has(child) ? [130] : [0, 130]).toContain(spooky.child.exitCode);
    await expectNothingLeft();
  });

  it.concurrent('stops everything when the reader of its output is gone', async (context) => {
    const { spooky, web, expectNothingLeft } = await running(child, context);
    spooky.child.stdout?.destroy();
    spooky.child.stderr?.destroy();
    // spooky notices the closed pipe when it writes a line.
    await vi.waitFor(async () => {
      await fetch(web).catch(() => {});
      expect(spooky.child.exitCode).toBe(0);
    }, 60_000);
    await expectNothingLeft();
  });

  inTerminal('stops everything when its terminal closes', async (context) => {
    const { spooky, expectNothingLeft } = await running(child, context, { inside: 'terminal' });
    // This kills the terminal. The system then sends SIGHUP to the processes in it.
    expect(await spooky.stop('SIGKILL')).toBe('SIGKILL');
    await expectNothingLeft();
  });
});

describe.runIf(process.platform === 'linux')('under npm, spooky dev', () => {
  it.concurrent.for(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'stops everything when %s ends npm',
    async (signal, context) => {
      const { spooky, expectNothingLeft } = await running('an obedient child', context, { inside: 'npm' });
      spooky.child.kill(signal);
      await spooky.waitFor(({ message }) => String(message).startsWith('SIGTERM: stopping'));
      await expectNothingLeft();
    },
  );
});
