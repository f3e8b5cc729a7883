// States of the page that a healthy edge never shows, against mock/server.mjs: no data, failing
// answers, a cut line, no events, an ended session; and how lists and forms behave under the hand.
//
//   node ui/test/browser/states.mjs [--out FOLDER]      (after npm run build)
//
// Exit code 0: all holds; 1: something does not.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import {
  chartsDrawn, expect, expectSoon, go, goBack, inspect, intoSight, openBrowser, setSize, settled,
  setView,
} from './browser.mjs';

const { values: args } = parseArgs({
  options: { out: { type: 'string', default: 'build/browser-states' } },
});
const kMock = fileURLToPath(new URL('../../mock/server.mjs', import.meta.url));
// What the tests provoke: refused answers and cut connections.
const kTolerated = [/Failed to load resource/, /net::ERR_/];
const found = [];

async function withMock(flags, body) {
  const server = spawn(process.execPath, [kMock, '--port', '0', ...flags]);
  try {
    const [line] = await once(server.stdout, 'data');
    const address = String(line).trim();
    const { origin } = new URL(address);
    const mode = (name) => fetch(`${origin}/mock/mode?set=${name}`, { method: 'POST' });
    const { browser, page, faults } = await openBrowser(origin, kTolerated);
    try {
      await body({ page, address, mode });
      expect(faults.length === 0, `no fault on the console ${faults.join('\n      ')}`);
    } catch (error) {
      await page.screenshot({ path: `${args.out}/failure.png` }).catch(() => {});
      throw error;
    } finally {
      await browser.close();
    }
  } finally {
    server.kill();
  }
}

const look = async (page, name) => found.push(...await inspect(page, args.out, name));
const names = (page) => page.locator('.cell-asset a').allTextContents();
const expectNames = (page, holds, text) => expectSoon(() => names(page), holds, text);

async function empty({ page, address }) {
  await page.goto(address);
  await page.getByText('No asset has sent a reading yet').waitFor();
  await look(page, 'empty-assets');
  await go(page, '#/alerts');
  await page.getByText('No alert has been raised').waitFor();
  await look(page, 'empty-alerts');
  await go(page, '#/quality');
  await page.getByText('Nothing has been rejected').waitFor();
  await look(page, 'empty-quality');
  await go(page, '#/config');
  await page.getByText('Nothing is configured yet').waitFor();
  await look(page, 'empty-config');
}

async function emptyOfHub({ page, address }) {
  await page.goto(address);
  await page.getByText('may still wait for its approval').waitFor();
  await look(page, 'empty-of-hub');
  await go(page, '#/config');
  await page.getByText('It comes from the hub').waitFor();
  expect(await page.getByText('Reloading checks every manifest').count() === 0,
    'an edge that follows a hub is told nothing of reloading');
  await setView(page, 'phone');
  await expectSoon(() => page.locator('.revision dt, .revision-hub').evaluateAll((all) =>
    all.map((each) => each.getBoundingClientRect().left)),
  (lefts) => lefts.length > 1 && lefts.at(-1) === lefts[0],
  'what it is told instead stands in line with the facts');
  await setView(page, 'light');
}

async function failing({ page, address, mode }) {
  await page.goto(address);
  await page.getByText('The edge does not answer').waitFor();
  await look(page, 'failing');
  // With its link the page would come back by itself, and take the button away: the link is held.
  await page.route('**/api/v1/events', () => {});
  await page.waitForRequest('**/api/v1/events');
  await mode('normal');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.asset-row').first().waitFor();
  expect(true, 'a failed start is mended by trying again');
}

async function listUnderTheHand(page) {
  await page.locator('.asset-row').nth(5).hover();
  await settled(page);
  const before = await names(page);
  await page.waitForTimeout(5_000);
  expect((await names(page)).join() === before.join(), 'no row moves under the pointer');
  await page.mouse.move(1, 1);
  await page.getByPlaceholder('Search assets').fill('engine-04');
  await expectNames(page, (all) => all.length === 10, 'search narrows the list');
  await page.getByPlaceholder('Search assets').fill('no such');
  await page.getByText('No asset matches').waitFor();
  await page.getByRole('button', { name: /Show all/ }).click();
  await page.getByRole('button', { name: /^Stale/ }).click();
  await expectNames(page, (all) => all.length === 3, 'the health filter narrows the list');
  await page.getByRole('button', { name: /^All/ }).click();
  await page.getByRole('button', { name: 'Asset', exact: true }).click();
  await expectNames(page, ([first]) => first === 'engine-001',
    'the list sorts by name when asked to');
  await page.getByRole('button', { name: 'Risk', exact: true }).click();
}

async function keyboard(page) {
  await page.locator('.cell-asset a').nth(2).focus();
  await page.keyboard.press('Tab');
  await look(page, 'keyboard-focus');
  await page.keyboard.press('Enter');
  await page.locator('.sensor').first().waitFor();
  await expectSoon(() => page.evaluate(() => document.activeElement?.tagName),
    (focused) => focused === 'H1', 'the focus goes on at the heading of the new view');
  await goBack(page);
  await page.locator('.asset-row').first().waitFor();
}

async function pausing(page) {
  await page.getByRole('button', { name: 'Pause live updates' }).click();
  const resume = page.getByRole('button', { name: 'Resume', exact: true });
  await resume.waitFor();
  await settled(page);
  const values = () => page.locator('.cell-value').allTextContents();
  const before = (await values()).join();
  await page.waitForTimeout(6_000);
  expect((await values()).join() === before, 'nothing moves while paused');
  await look(page, 'paused');
  await resume.click();
  await expectSoon(values, (now) => now.join() !== before, 'values move again after resuming');
}

async function refusals(page) {
  await go(page, '#/alerts');
  await page.locator('.alert-item').first().click();
  await page.locator('.has-detail .alert-head').waitFor();
  await page.locator('input[value=unsure]').check({ force: true });
  await page.getByLabel('Your name').fill('Browser Test');
  await page.getByLabel('Cause').fill('refuse me');
  await page.getByText('Store verdict').click();
  await page.getByText('Not stored: the store is full.').waitFor();
  expect(await page.getByLabel('Cause').inputValue() === 'refuse me',
    'a verdict that was not stored stays in the form');
  await intoSight(page, '.verdict-form .fault');
  await look(page, 'verdict-refused');
  await go(page, '#/config');
  await page.getByRole('button', { name: 'Check and reload' }).click();
  await page.getByText('Reloaded. Changed:').waitFor();
  await look(page, 'reloaded');
  await page.getByRole('button', { name: 'Check and reload' }).click();
  await page.getByText('pipelines/compressor.yaml:14').waitFor();
  await page.getByText('none: its outputs are its features').waitFor();
  await look(page, 'reload-refused');
  await setView(page, 'phone');
  await look(page, 'phone-reload-refused');
  await setView(page, 'light');
}

async function badSamples(page) {
  await go(page, '#/quality');
  await page.getByText('<script>alert("plant/office/printer")</script>').waitFor();
  await setView(page, 'phone');
  const history = page.locator('.tile-more', { has: page.locator('.fill') });
  await expectSoon(() => history.evaluate((box) =>
    [box.offsetHeight, parseFloat(getComputedStyle(box).fontSize)]),
  ([height, size]) => height < 2 * size, 'a bar and what it is of stand on one line');
  await setView(page, 'light');
  expect(await page.evaluate(() => document.querySelector('td script') === null),
    'a hostile payload is shown as text');
}

async function furtherOutputs(page) {
  for (const view of ['light', 'dark', 'phone']) {
    await setView(page, view);
    await go(page, '#/assets/fan-03');
    await page.locator('.outputs canvas').first().waitFor();
    await chartsDrawn(page);
    await look(page, `outputs-${view}`);
    await go(page, '#/assets');
  }
  await setView(page, 'light');
  await goBack(page);
  await page.locator('.outputs canvas').first().waitFor();
  const fromTheTop = () => page.locator('.segments, .prediction, .outputs, .sensors').evaluateAll(
    (boxes) => boxes
      .map((box) => [box.className.split(' ').at(-1), box.getBoundingClientRect().top])
      .sort(([, a], [, b]) => a - b).map(([name]) => name).join());
  await expectSoon(fromTheTop, (order) => order === 'segments,prediction,outputs,few',
    (order) => `the time span stands above the charts, further outputs below the first (${order})`);
}

// A state does not take the room of the name of what has it.
async function namesOfSensors(page) {
  await go(page, '#/assets/engine-011');
  const head = page.locator('.sensor.state-out_of_contract .sensor-head');
  await head.locator('.state').waitFor();
  await expectSoon(() => head.evaluate((box) => {
    const [name, state] = ['h3', '.state'].map((part) =>
      box.querySelector(part).getBoundingClientRect());
    return state.top >= name.bottom - 1 && name.width > 150;
  }), Boolean, 'the state of a sensor stands below its name');
}

async function alertByLink(page) {
  await go(page, '#/alerts');
  const link = await page.locator('.alert-item').last().getAttribute('href');
  const last = page.locator(`.alert-item[href="${link}"]`);
  await go(page, '#/config');
  await go(page, link);
  await page.locator('.alert-now').waitFor();
  await expectSoon(() => last.evaluate((item) => {
    const [own, list] = [item, item.closest('.split-list')].map((each) =>
      each.getBoundingClientRect());
    return own.top >= list.top && own.bottom <= Math.min(list.bottom, innerHeight);
  }), Boolean, 'an alert that is opened by its link is in sight in the list');
  expect(await page.evaluate(() => scrollY) === 0, 'and the window stays at its top');
  for (const view of ['light', 'dark', 'phone']) {
    await setView(page, view);
    await look(page, `alert-by-link-${view}`);
  }
  await setView(page, 'light');
  await go(page, '#/alerts');
  await page.locator('.alert-item').first().click();
  await page.locator('.has-detail .alert-now').waitFor();
  await look(page, 'alert-open');
  const until = page.waitForRequest((request) => /\/history\?.*&to=/.test(request.url()));
  await go(page, link);
  await until;
  expect(true, 'the course of an alert that is over is asked for up to its end');
}

async function brokenLine(page, mode) {
  await go(page, '#/assets');
  await mode('mute');
  await page.getByText('Live events do not get through').waitFor({ timeout: 20_000 });
  await look(page, 'polling');
  await mode('offline');
  await page.getByText('No contact with the edge').waitFor({ timeout: 40_000 });
  await page.locator('.facts').waitFor({ state: 'detached' });
  expect(true, 'without contact the header claims nothing');
  await look(page, 'offline');
  await setView(page, 'phone-dark');
  await look(page, 'phone-dark-offline');
  await setView(page, 'light');
  await mode('normal');
  // The page's own next try may come first and take the button away.
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 3_000 }).catch(() => {});
  await page.locator('.live-live').waitFor({ timeout: 20_000 });
  await page.getByText('No contact with the edge').waitFor({ state: 'detached' });
  expect(true, 'the page recovers by itself when the edge is back');
}

// What pushed towards an alert stands on top, and its bar points to the side that says so.
async function barsOfAnAlert(page) {
  await go(page, '#/alerts');
  await page.locator('.why tbody tr').first().waitFor();
  const rows = await page.locator('.why tbody tr').evaluateAll((all) => all.map((row) => {
    const bar = row.querySelector('.why-bar');
    const [own, track] = [bar, bar.parentElement].map((each) => each.getBoundingClientRect());
    return { toward: bar.classList.contains('toward'),
      right: own.left + own.width / 2 > track.left + track.width / 2 };
  }));
  const firstAway = rows.findIndex(({ toward }) => !toward);
  expect(rows[0].toward && rows.every(({ toward, right }) => toward === right)
    && (firstAway < 0 || rows.slice(firstAway).every(({ toward }) => !toward)),
  'bars to the right push towards the alert, the strongest on top');
}

async function healthy({ page, address, mode }) {
  page.setDefaultTimeout(15_000);
  await page.goto(address);
  await page.locator('.asset-row').first().waitFor();
  await listUnderTheHand(page);
  await keyboard(page);
  await pausing(page);
  await refusals(page);
  await badSamples(page);
  await go(page, '#/assets/nobody');
  await page.getByText('The edge knows no asset nobody').waitFor();
  await look(page, 'no-asset');
  await go(page, '#/nowhere');
  await page.getByText('This page has no such view').waitFor();
  await look(page, 'not-found');
  await furtherOutputs(page);
  await namesOfSensors(page);
  await barsOfAnAlert(page);
  await alertByLink(page);
  await brokenLine(page, mode);
  await mode('expired');
  await page.getByText('Your session has ended').waitFor({ timeout: 20_000 });
  await look(page, 'expired');
  await page.goto(address);
  await page.getByText('This link does not sign you in').waitFor();
  await look(page, 'link-used');
}

// Sources that have fallen silent, and an alert whose pipeline runs no more.
async function still({ page, address }) {
  page.setDefaultTimeout(15_000);
  const openAlert = async (asset) => {
    await go(page, '#/alerts');
    await page.locator('.alert-item', { hasText: asset }).first().click();
    await page.locator('.has-detail .alert-where', { hasText: asset }).waitFor();
  };
  await page.goto(address);
  for (const view of ['light', 'phone']) {
    await setView(page, view);
    await openAlert('engine-046');
    await page.locator('.alert-now').getByText('Last score').waitFor();
    expect(await page.getByText('Score now').count() === 0, 'a score of before is none of now');
    await page.locator('.alert-chart canvas').waitFor();
    await openAlert('engine-100');
    await page.getByText('no score since it opened').waitFor();
    await look(page, `still-${view}`);
    await openAlert('engine-092');
    await page.getByText('The pipeline of this alert runs no more').waitFor();
    expect(await page.locator('.alert-chart').count() === 0, 'no place is kept for no course');
    await look(page, `still-without-pipeline-${view}`);
    await go(page, '#/assets/engine-092');
    await page.getByText('No pipeline takes this asset').waitFor();
    await expectSoon(() => page.locator('.with-rail').evaluate((box) => {
      const ends = [...box.querySelectorAll('.panel')].map((each) =>
        each.getBoundingClientRect().bottom);
      return box.nextElementSibling.getBoundingClientRect().top - Math.max(...ends);
    }), (gap) => gap < 30, (gap) => `no place is kept for what is not there (${gap} px)`);
    expect(await page.locator('.head-risk').count() === 0, 'nor a risk that nothing tells');
    await look(page, `still-asset-${view}`);
  }
  await setView(page, 'light');
}

// Source times of another year, as in a replay of recorded data.
async function recorded({ page, address }) {
  page.setDefaultTimeout(15_000);
  await page.goto(address);
  for (const view of ['light', 'phone']) {
    await setView(page, view);
    await go(page, '#/assets/engine-001');
    await page.locator('.prediction canvas').waitFor();
    await chartsDrawn(page);
    await look(page, `recorded-${view}`);
    await intoSight(page, '.sensor');
    await intoSight(page, '.sensor canvas');
    await chartsDrawn(page);
    await look(page, `recorded-sensors-${view}`);
    await go(page, '#/assets');
  }
  await wholeCells(page);
}

// No width cuts what a row of the list tells in figures, times of long ago among them. Rows out of
// sight are laid out like the others first: between two frames Chromium answers for their contents
// with the widths of the window before.
async function wholeCells(page) {
  await page.locator('.asset-row').evaluateAll((rows) => {
    for (const row of rows) row.style.contentVisibility = 'visible';
  });
  for (const width of [820, 1000, 1280, 1366, 1440]) {
    await setSize(page, width, 900);
    await page.locator('.asset-row .spark path').first().waitFor();
    const cut = () => page.locator('.asset-row :is(.cell-seen time, .risk-value, .spark)')
      .evaluateAll((all) => all.filter((each) => {
        const [own, cell] = [each, each.closest('td')].map((one) => one.getBoundingClientRect());
        return own.left < cell.left - 0.5 || own.right > cell.right + 0.5;
      }).map((each) => each.textContent || 'trend'));
    await expectSoon(cut, (all) => all.length === 0,
      (all) => `a row is shown whole at ${width} px (${[...new Set(all)].join()})`);
  }
  await setView(page, 'light');
}

// Of the width of a chart, the share in which its line or a dot is drawn.
const drawnShare = (page, selector) => page.locator(selector).first().evaluate((canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const hex = getComputedStyle(document.documentElement).getPropertyValue('--chart-line').trim();
  const ink = [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16));
  let columns = 0;
  for (let x = 0; x < width; x += 1) {
    let isDrawn = false;
    for (let y = 0; y < height && !isDrawn; y += 1) {
      const at = 4 * (y * width + x);
      isDrawn = pixels[at + 3] > 120
        && ink.every((part, i) => Math.abs(pixels[at + i] - part) < 40);
    }
    columns += isDrawn ? 1 : 0;
  }
  return columns / width;
});

// How many strokes the trend of each row in sight has.
const strokes = (page) => page.locator('.spark path').evaluateAll((all) =>
  all.map((path) => path.getAttribute('d').split('M').length - 1));

// What came while a row was out of sight is not missing in its trend.
async function trendsOnReturn({ page, address }) {
  page.setDefaultTimeout(15_000);
  await page.goto(address);
  await page.locator('.asset-row').first().waitFor();
  await page.getByRole('button', { name: 'Asset', exact: true }).click();
  const first = page.locator('.asset-row', { hasText: 'engine-001' });
  await first.locator('.spark path').waitFor();
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await first.locator('.spark path').waitFor({ state: 'detached' });
  await page.waitForTimeout(8_000); // readings come meanwhile, and are not in its trend
  const isAsked = page.waitForRequest((request) =>
    request.url().includes('/history') && request.url().includes('engine-001'));
  await page.evaluate(() => scrollTo(0, 0));
  await isAsked;
  expect(true, 'a trend is loaded again when its row comes back into view');
  await expectSoon(() => strokes(page),
    (all) => all.length > 10 && all.every((each) => each === 1),
    (all) => `no trend has a hole after it (${all.filter((n) => n > 1).length} of ${all.length})`);
  await look(page, 'trends-on-return');
}

async function fastReplay({ page, address }) {
  page.setDefaultTimeout(15_000);
  await page.goto(address);
  await go(page, '#/assets/engine-001');
  await page.locator('.prediction canvas').waitFor();
  await page.waitForTimeout(12_000); // six hours of the recording
  await expectSoon(() => drawnShare(page, '.prediction canvas'), (share) => share > 0.6,
    (share) => `a chart is full in a fast replay (${Math.round(100 * share)} %)`);
  await look(page, 'fast-replay');
}

let failed = false;
try {
  await withMock(['--empty'], empty);
  await withMock(['--empty', '--follows-hub'], emptyOfHub);
  await withMock(['--fail'], failing);
  await withMock([], healthy);
  await withMock(['--still'], still);
  await withMock(['--past', '4500'], recorded);
  await withMock(['--speed', '1800'], fastReplay);
  await withMock(['--speed', '7200'], trendsOnReturn);
  expect(found.length === 0, `no state has a fault ${found.join('\n      ')}`);
} catch (error) {
  failed = true;
  process.stderr.write(`FAIL  ${error.message}\n`);
}
process.exit(failed ? 1 : 0);
