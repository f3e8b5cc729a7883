// The page of a running edge in headless Chromium.
//
//   node ui/test/browser/page.mjs URL [--out FOLDER] [--asset NAME]
//       URL with its one-time token. Checks that assets appear, that a chart moves (of the asset at
//       the top, or the one named: its readings must be arriving), that a verdict
//       is stored and still there after a reload, and every view in light, dark and phone width:
//       no console error, no foreign request, no fault by axe-core. Pictures go to FOLDER.
//       Prints {"alert", "note"} of the verdict it gave.
//   node ui/test/browser/page.mjs URL --alert ID --note NOTE
//       Checks only that the alert shows that verdict (after a restart of the edge).
//
// Exit code 0: all holds; 1: something does not.

import { createHash } from 'node:crypto';
import { parseArgs } from 'node:util';

import {
  chartsDrawn, expect, expectSoon, Failure, go, inspect, intoSight, kViews, openBrowser, setView,
} from './browser.mjs';

const kPatienceMs = 30_000;

const { values: args, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    out: { type: 'string', default: 'build/browser' },
    asset: { type: 'string' },
    alert: { type: 'string' },
    note: { type: 'string' },
  },
});
const [address] = positionals;
if (!address) {
  process.stderr.write('usage: page.mjs URL [--out FOLDER] [--alert ID --note NOTE]\n');
  process.exit(2);
}

async function assetsAppear(page) {
  const response = await page.goto(address);
  const policy = response.headers()['content-security-policy'] ?? '';
  expect(policy.includes("default-src 'self'"), 'the page carries its content security policy');
  expect(!page.url().includes('token'), 'the token is gone from the address');
  await page.waitForSelector('.asset-row', { timeout: kPatienceMs });
  const known = await page.evaluate(async () =>
    (await (await fetch('/api/v1/assets')).json()).assets.length);
  await expectSoon(() => page.locator('.asset-row').count(), (rows) => rows > 0 && rows >= known,
    (rows) => `assets appear: ${rows} rows, ${known} assets`);
  await page.waitForSelector('.live-live', { timeout: kPatienceMs });
  expect(true, 'live events arrive');
}

const digest = (text) => createHash('sha256').update(text).digest('hex').slice(0, 12);

const picture = async (page, selector) =>
  digest(await page.locator(selector).first().evaluate((canvas) => canvas.toDataURL()));

async function chartMoves(page, asset) {
  await go(page, `#/assets/${encodeURIComponent(asset)}`);
  await page.waitForSelector('.prediction canvas', { timeout: kPatienceMs });
  await page.waitForSelector('.sensor canvas', { timeout: kPatienceMs });
  await chartsDrawn(page);
  const before = await picture(page, '.prediction canvas');
  await expectSoon(() => picture(page, '.prediction canvas'), (after) => after !== before,
    (after) => `the chart of ${asset} moves (${before} to ${after})`, kPatienceMs);
}

async function verdictStays(page) {
  await go(page, '#/alerts');
  await page.waitForSelector('.alert-item', { timeout: kPatienceMs });
  await page.locator('.alert-item').first().click();
  await page.waitForSelector('.has-detail .alert-head');
  const alert = decodeURIComponent(new URL(page.url()).hash.split('/').at(-1));
  const another = page.getByRole('button', { name: 'Give another verdict' });
  await another.or(page.locator('.verdict-form')).first().waitFor();
  if (await another.isVisible()) await another.click();
  const note = `looked at by the browser test at ${new Date().toISOString()}`;
  await page.getByText('Store verdict').click();
  await page.locator('.verdict-form [role=alert]').waitFor();
  expect(true, 'a verdict without a choice is refused with a reason');
  await page.locator('input[value=confirmed]').check({ force: true });
  await page.getByLabel('Cause').fill('worn seal');
  await page.getByLabel('Note').fill(note);
  await page.getByLabel('Your name').fill('Browser Test');
  await page.getByText('Store verdict').click();
  await page.getByText('Verdict stored').waitFor({ timeout: kPatienceMs });
  await page.reload();
  await verdictShows(page, alert, note);
  await page.locator('.verdict', { hasText: note }).getByText('(unverified)').waitFor();
  expect(true, 'its author is unverified');
  return { alert, note };
}

async function verdictShows(page, alert, note) {
  await go(page, `#/alerts/${alert}`);
  await page.locator('.verdict-note', { hasText: note }).waitFor({ timeout: kPatienceMs });
  expect(true, 'the verdict is there after loading anew');
}

async function everyView(page, asset, alert) {
  const places = {
    assets: ['#/assets', '.asset-row'],
    asset: [`#/assets/${encodeURIComponent(asset)}`, '.sensor canvas'],
    alerts: ['#/alerts', '.page-alerts:not(.has-detail) .alert-item'],
    alert: [`#/alerts/${alert}`, '.has-detail .why'],
    quality: ['#/quality', '.tiles'],
    config: ['#/config', '.config-item'],
  };
  const found = [];
  for (const view of Object.keys(kViews)) {
    await setView(page, view);
    for (const [name, [hash, ready]] of Object.entries(places)) {
      await go(page, hash);
      // Charts load when they come near the window; on a phone the sensors' begin two windows down.
      await intoSight(page, ready.split(' ')[0]);
      await page.locator(ready).first().waitFor({ state: 'visible', timeout: kPatienceMs });
      await page.evaluate(() => scrollTo(0, 0));
      await chartsDrawn(page);
      found.push(...await inspect(page, args.out, `${view}-${name}`));
    }
  }
  return found;
}

async function run(page) {
  if (args.alert) {
    await page.goto(address);
    await page.waitForSelector('.page', { timeout: kPatienceMs });
    await verdictShows(page, args.alert, args.note ?? '');
    return;
  }
  await assetsAppear(page);
  const asset = args.asset ?? await page.locator('.cell-asset a').first().textContent();
  await chartMoves(page, asset);
  const verdict = await verdictStays(page);
  const found = await everyView(page, asset, verdict.alert);
  expect(found.length === 0, `no view has a fault ${found.join('\n      ')}`);
  process.stdout.write(`${JSON.stringify(verdict)}\n`);
}

const { browser, page, faults } = await openBrowser(new URL(address).origin);
let failed = false;
try {
  await run(page);
  expect(faults.length === 0, `no fault on the console ${faults.join('\n      ')}`);
} catch (error) {
  failed = true;
  process.stderr.write(`FAIL  ${error instanceof Failure ? error.message : error.stack}\n`);
  for (const fault of faults) process.stderr.write(`      ${fault}\n`);
  await page.screenshot({ path: `${args.out}/failure.png` }).catch(() => {});
}
await browser.close();
process.exit(failed ? 1 : 0);
