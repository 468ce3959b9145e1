import { type Command, Option } from 'commander';
import { contextOf, projectOptions } from '../context.ts';

export function addGatewayCommand(program: Command, exit: (code: number) => void): void {
  program
    .command('gateway')
    .summary('run a gateway alone, as in production')
    .description(
      'Serves browsers under /spooky until a signal stops it. Put the proxy of the web app in front. You can run any number.\n' +
        'Reads SPOOKY_DATABASE_URL, SPOOKY_GATEWAY_PASSWORD and SPOOKY_GATEWAY_KEY, which all gateways share.',
    )
    .addOption(
      new Option('--bind <host:port>', 'the address to listen on').env('SPOOKY_GATEWAY_BIND').default('127.0.0.1:3668'),
    )
    .addOption(
      new Option(
        '--status-bind <host:port>',
        'the address for /metrics, /health and /ready, or off; browsers must not reach it',
      )
        .env('SPOOKY_GATEWAY_STATUS_BIND')
        .default('127.0.0.1:3655'),
    )
    .addOption(
      new Option(
        '--allow-origin <url>',
        'the origin of a web app that may connect, such as https://app.example.com; repeatable (also: SPOOKY_ORIGINS, separated by commas)',
      )
        .argParser(append)
        .default([], 'SPOOKY_ORIGINS'),
    )
    .addOption(
      new Option(
        '--trust-proxy <address>',
        'a proxy on another machine whose X-Forwarded-For is trusted, such as 10.0.0.0/8; repeatable (also: SPOOKY_TRUSTED_PROXIES, separated by commas)',
      )
        .argParser(append)
        .default([], 'SPOOKY_TRUSTED_PROXIES'),
    )
    .addHelpText(
      'after',
      '\nExample:\n  $ SPOOKY_DATABASE_URL=wss://db.example.com/rpc spooky gateway --allow-origin https://app.example.com',
    )
    .action(async ({ bind, statusBind, allowOrigin, trustProxy }: GatewayFlags, command: Command) => {
      const context = contextOf(command);
      const [{ runGateway }, { openProjectWithoutTokens }] = await Promise.all([
        import('./run-gateway.ts'),
        import('../project.ts'),
      ]);
      const project = await openProjectWithoutTokens(projectOptions(context));
      exit(await runGateway(project, { bind, statusBind, allowOrigin, trustProxy, logger: await context.logger() }));
    });
}

interface GatewayFlags {
  readonly bind: string;
  readonly statusBind: string;
  readonly allowOrigin: readonly string[];
  readonly trustProxy: readonly string[];
}

const append = (value: string, before: readonly string[]): readonly string[] => [...before, value];
