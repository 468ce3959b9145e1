import { defineConfig } from '@playwright/test';
import { launchOptions } from './src/chromium.ts';

/** Real flows in a real Chromium against the real stack. Each worker starts its own stacks on free ports. */
export default defineConfig({
  testDir: './flows',
  outputDir: './test-results',
  workers: 1,
  retries: 0,
  forbidOnly: Boolean(process.env.CI),
  timeout: 300_000,
  expect: { timeout: 30_000 },
  reporter: [['list']],
  use: {
    browserName: 'chromium',
    launchOptions: await launchOptions(),
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
    screenshot: 'only-on-failure',
  },
});
