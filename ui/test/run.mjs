// Runs the unit tests: bundles each *.test.ts beside this file and hands it to node's test runner.

import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { build } from 'esbuild';

const here = fileURLToPath(new URL('.', import.meta.url));
const outdir = process.env.LINESIDE_UI_TEST_OUT
  ?? fileURLToPath(new URL('../../build/ui-test/', import.meta.url));
const tests = readdirSync(here).filter((name) => name.endsWith('.test.ts'));

await build({
  absWorkingDir: here, entryPoints: tests, outdir, bundle: true, platform: 'node', format: 'esm',
  outExtension: { '.js': '.mjs' }, logLevel: 'warning', sourcemap: 'inline',
});
const files = tests.map((name) => `${outdir}/${name.replace(/\.ts$/, '.mjs')}`);
const run = spawnSync(process.execPath, ['--test', ...files], {
  stdio: 'inherit', env: { ...process.env, TZ: 'America/New_York' },
});
process.exit(run.status ?? 1);
