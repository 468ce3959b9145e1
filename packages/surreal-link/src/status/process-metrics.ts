/** Process metrics under the names that dashboards for Node expect. */
import { monitorEventLoopDelay, performance } from 'node:perf_hooks';
import { family } from './exposition.ts';

/** Metrics of the whole process. `close` stops the monitor of the event loop. */
export interface ProcessMetrics {
  page(): string;
  close(): void;
}

export function createProcessMetrics(): ProcessMetrics {
  // Covers the time since the last scrape. Coarse, because each tick of the monitor is a timer.
  const delay = monitorEventLoopDelay({ resolution: 20 });
  delay.enable();
  const startedAt = performance.timeOrigin / 1000;

  return {
    page() {
      const { user, system } = process.cpuUsage();
      const memory = process.memoryUsage();
      const lag = [delay.percentile(50), delay.percentile(99), delay.max].map((nanoseconds) => nanoseconds / 1e9);
      const [p50 = 0, p99 = 0, max = 0] = lag;
      delay.reset();
      const one = (kind: 'counter' | 'gauge', name: string, help: string, value: number): string =>
        family(kind, name, help, [[{}, value]]);
      return [
        one('counter', 'process_cpu_user_seconds_total', 'User CPU time spent, in seconds.', user / 1e6),
        one('counter', 'process_cpu_system_seconds_total', 'System CPU time spent, in seconds.', system / 1e6),
        one('counter', 'process_cpu_seconds_total', 'CPU time spent, in seconds.', (user + system) / 1e6),
        one('gauge', 'process_start_time_seconds', 'When the process started, in Unix time.', startedAt),
        one('gauge', 'process_resident_memory_bytes', 'Resident memory, in bytes.', memory.rss),
        one('gauge', 'nodejs_heap_size_total_bytes', 'Heap that V8 has taken, in bytes.', memory.heapTotal),
        one('gauge', 'nodejs_heap_size_used_bytes', 'Heap that V8 uses, in bytes.', memory.heapUsed),
        one('gauge', 'nodejs_external_memory_bytes', 'Memory outside of the heap, in bytes.', memory.external),
        one('gauge', 'nodejs_eventloop_lag_p50_seconds', 'Median delay of the event loop since the last scrape.', p50),
        one('gauge', 'nodejs_eventloop_lag_p99_seconds', '99th percentile of that delay.', p99),
        one('gauge', 'nodejs_eventloop_lag_max_seconds', 'Longest such delay.', max),
        family('gauge', 'nodejs_version_info', 'The version of Node.', [[{ version: process.version }, 1]]),
      ].join('');
    },
    close: () => void delay.disable(),
  };
}
