// The pages of a running hub, as somebody sees them who is invited to it: an account, the approval
// of what waits, and every page with what is really there.
//
//   node ui/test/browser/real_hub.mjs "https://HOST:PORT/#/welcome?person=...&token=..."
//       [--edge NAME] [--out FOLDER]
//
// The hub is that of `lineside demo`. Exit code 0: all holds; 1: something does not.

import { parseArgs } from 'node:util';

import { expect, go, inspect, openBrowser, setView } from './browser.mjs';

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    edge: { type: 'string', default: 'plant-1' },
    out: { type: 'string', default: 'build/browser-real-hub' },
  },
});
const [address] = positionals;
const kTimeoutMs = 20_000;
const kPassword = 'a sentence that nobody guesses';
const found = [];

// name, address, what tells that it is there
const pages = () => [
  ['overview', '#/overview', '.changes li'],
  ['registry', '#/registry', '.kind-card'],
  ['sites', '#/registry/sites', '.registry-table tbody tr'],
  ['connection', '#/registry/connections/plant', '.spec'],
  ['history', '#/registry/connections/plant?tab=history', '.revision-row'],
  ['graph', '#/registry/pipelines/compressor-rul?tab=graph', '.graph, .graph-lists'],
  ['pipeline', '#/registry/pipelines/compressor-rul', '.inner-table'],
  ['model', '#/registry/models/compressor-rul', '.registry-table tbody tr'],
  ['device', `#/registry/devices/${args.edge}`, '.twin'],
  ['edges', '#/edges', '.edges-table tbody tr'],
  ['edge', `#/edges/${args.edge}`, '.twin'],
  ['approval', '#/approvals/1', '.alert-head'],
  ['audit', '#/audit', '.audit-table tbody tr'],
  ['entry', '#/audit/12', '.proof'],
  ['people', '#/access/people', '.role-chip'],
  ['roles', '#/access/roles', '.matrix tbody tr'],
  ['apply', '#/apply?edit=connections/plant', '.editor-number:nth-child(5)'],
  ['account', '#/account', '.rights li'],
];

async function becomeSomebody(page) {
  await page.goto(address);
  await page.getByLabel('Password', { exact: true }).fill(kPassword);
  await page.getByLabel('Password again').fill(kPassword);
  await page.getByRole('button', { name: 'Set the password' }).click();
  await page.locator('.changes li').first().waitFor();
  expect(true, 'the invitation makes an account');
}

// What an approver has to go by, where the decision is made and where the version is.
async function readReport(page, look) {
  await go(page, '#/approvals');
  const name = (await page.locator('.alert-item .alert-title').first().textContent()).trim();
  for (const hash of ['#/approvals', `#/registry/model-versions/${encodeURIComponent(name)}`]) {
    await go(page, hash);
    const report = page.locator('.report');
    await report.getByText('of exactly this file').waitFor();
    await report.locator('.fold-all').waitFor();
    await report.getByText('Code revision').waitFor();
  }
  await look('report');
  expect(true, 'the report of a version is read before a decision');
}

async function approveAll(page, look) {
  await go(page, '#/approvals');
  await page.locator('.alert-item').first().waitFor();
  const links = await page.locator('.alert-item').evaluateAll((all) =>
    all.map((one) => one.getAttribute('href')));
  expect(links.length > 0, `${links.length} versions wait for approval`);
  for (const link of links) {
    await go(page, link);
    await page.locator('input[value=approved]').check({ force: true });
    await page.getByLabel('Reason').fill('The report is within its limits.');
    await look('approval');
    await page.getByRole('button', { name: 'Approve' }).click();
    await page.locator('.alert-head').getByText('Approved').waitFor();
  }
  expect(true, 'all are approved');
}

async function untilInService(page) {
  await go(page, `#/edges/${args.edge}`);
  await page.getByText('compressor-rul').first().waitFor({ timeout: 60_000 });
  await page.getByText(/in sync/i).first().waitFor({ timeout: 60_000 });
  expect(true, 'the edge runs what was approved');
}

// A view whose parts the edge has yet to tell the hub of: it is loaded anew until they are there.
async function reach(page, hash, parts, patienceMs = 60_000) {
  const until = Date.now() + patienceMs;
  for (;;) {
    await go(page, hash);
    const last = Date.now() > until;
    const waits = parts.map((part) => part.waitFor({ timeout: last ? kTimeoutMs : 3_000 }));
    const isThere = await Promise.all(waits).then(() => true, (error) => {
      if (last) throw error;
      return false;
    });
    if (isThere) return;
    await go(page, '#/overview');
  }
}

// From a machine to what breaks without it, and from a prediction to what is behind it.
async function followLineage(page, look) {
  await go(page, '#/registry/devices');
  await page.locator('.row-name', { hasText: 'engine-001' }).waitFor({ timeout: 60_000 });
  await reach(page, '#/registry/devices/engine-001?tab=graph',
    [page.locator('[data-key="Pipeline/compressor-rul"]'),
      page.locator('[data-key^="ModelVersion/compressor-rul:"]')]);
  await look('lineage-device');
  await reach(page, '#/registry/streams/engine-001%2Fcompressor-rul.rul',
    [page.getByText('and what is behind it'),
      page.locator('[data-key="Dataset/compressor-rul-recording"]')]);
  await look('lineage-prediction');
  expect(true, 'lineage leads along the patterns of pipelines');
}

const { origin } = new URL(address);
const { browser, page, faults } = await openBrowser(origin, [/Failed to load resource/]);
page.setDefaultTimeout(kTimeoutMs);
const look = async (name) => found.push(...await inspect(page, args.out, name));
let code = 0;
try {
  await becomeSomebody(page);
  await readReport(page, look);
  await approveAll(page, look);
  await untilInService(page);
  await followLineage(page, look);
  for (const view of ['light', 'dark', 'phone']) {
    await setView(page, view);
    for (const [name, hash, ready] of pages()) {
      await go(page, hash);
      await page.locator(ready).first().waitFor();
      await look(`${view}-${name}`);
    }
  }
  expect(faults.length === 0, `no fault on the console ${faults.join('\n      ')}`);
  expect(found.length === 0, `no page has a fault ${found.join('\n      ')}`);
} catch (error) {
  await page.screenshot({ path: `${args.out}/failure.png` }).catch(() => {});
  process.stderr.write(`FAILED: ${error.message}\n`);
  code = 1;
} finally {
  await browser.close();
}
process.exitCode = code;
