/** Writes metrics in the text format of Prometheus, version 0.0.4. */
import type { Histogram } from './histogram.ts';

/** The content type of the page. */
export const EXPOSITION_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export type Labels = Readonly<Record<string, string>>;
export type Sample = readonly [Labels, number];

/** A metric family: `# HELP`, `# TYPE`, and a line for each sample. Empty without samples. */
export function family(kind: 'counter' | 'gauge', name: string, help: string, samples: readonly Sample[]): string {
  if (samples.length === 0) return '';
  return head(kind, name, help) + samples.map(([labels, value]) => line(name, labels, value)).join('');
}

/** A family of histograms. Each is written as cumulative buckets, a sum and a count. */
export function histograms(name: string, help: string, samples: readonly (readonly [Labels, Histogram])[]): string {
  const lines = samples.map(([labels, { bounds, counts, sum }]) => {
    let total = 0;
    let text = '';
    for (const [index, count] of counts.entries()) {
      total += count;
      const bound = bounds[index];
      text += line(`${name}_bucket`, { ...labels, le: bound === undefined ? '+Inf' : String(bound) }, total);
    }
    return text + line(`${name}_sum`, labels, sum) + line(`${name}_count`, labels, total);
  });
  return samples.length === 0 ? '' : head('histogram', name, help) + lines.join('');
}

function head(kind: string, name: string, help: string): string {
  return `# HELP ${name} ${help.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')}\n# TYPE ${name} ${kind}\n`;
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escapeValue(text)}"`);
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${format(value)}\n`;
}

function escapeValue(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}

function format(value: number): string {
  if (Number.isFinite(value)) return String(value);
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf';
}
