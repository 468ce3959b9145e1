/** What a service shows its operator: probes, and metrics in the text format of Prometheus. */

/** The answers of such a server. */
export { answerStatus, type StatusPages, sendJson } from './answer.ts';
/** Metrics as text. */
export { family, histograms, type Labels, type Sample } from './exposition.ts';
/** Counts of durations. */
export { createHistogram, type Histogram, observe } from './histogram.ts';
/** Metrics of the process itself. */
export { createProcessMetrics, type ProcessMetrics } from './process-metrics.ts';
/** The server that answers probes and scrapes. */
export { type OpenStatusServer, openStatusServer, type StatusServerOptions } from './server.ts';
