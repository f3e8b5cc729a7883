// The hub's pages against mock/hub.mjs: every page in light, dark and on a phone; what people do
// with them, by hand and by keyboard; refusals, conflicts, a log that lies, a hub that is away.
//
//   node ui/test/browser/hub.mjs [--out FOLDER] [--quick]      (after npm run build)
//
// --quick leaves out the tour of all pages. Exit code 0: all holds; 1: something does not.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

import { expect, expectSoon, go, inspect, openBrowser, setView } from './browser.mjs';
import { access, apply, approvals, audit, registry } from './hub_actions.mjs';
import { edges, whereItRuns } from './hub_edges.mjs';

const { values: args } = parseArgs({
  options: {
    out: { type: 'string', default: 'build/browser-hub' },
    quick: { type: 'boolean', default: false },
  },
});
const kMock = fileURLToPath(new URL('../../mock/hub.mjs', import.meta.url));
const kPassword = 'correct horse battery';
const kTimeoutMs = 20_000;
// What the tests provoke: refused answers and cut connections.
const kTolerated = [/Failed to load resource/, /net::ERR_/];
const found = [];

async function withHub(flags, body) {
  const server = spawn(process.execPath, [kMock, '--port', '0', ...flags]);
  server.stderr.pipe(process.stderr);
  try {
    const [line] = await once(server.stdout, 'data');
    const address = String(line).trim();
    const { origin } = new URL(address);
    const tell = (path) => fetch(`${origin}/mock/${path}`, { method: 'POST' });
    const { browser, page, faults, denied } = await openBrowser(origin, kTolerated);
    page.setDefaultTimeout(kTimeoutMs);
    const look = async (name) => found.push(...await inspect(page, args.out, name));
    try {
      await body({ page, address, origin, tell, look, mode: (name) => tell(`mode?set=${name}`) });
      expect(faults.length === 0, `no fault on the console ${faults.join('\n      ')}`);
    } catch (error) {
      await page.screenshot({ path: `${args.out}/failure.png` }).catch(() => {});
      process.stderr.write(`at ${new Date().toISOString()}; answers 401:\n`);
      for (const line of denied.slice(-10)) process.stderr.write(`      ${line}\n`);
      throw error;
    } finally {
      await browser.close();
    }
  } finally {
    server.kill();
  }
}

async function signIn(page, person, password = kPassword) {
  await page.getByLabel('Name').fill(person);
  await page.getByLabel('Password').fill(password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

// The pages as they are on a first day.
const kFirstDay = [
  ['overview', '#/overview', 'No edge has joined yet'],
  ['registry', '#/registry/devices', 'No devices yet'],
  ['edges', '#/edges', 'No edge has joined yet'],
  ['approvals', '#/approvals', 'Nothing has asked for an approval'],
  ['tokens', '#/access/tokens', 'No program has a token'],
  ['apply', '#/apply', 'Paste or drop manifests'],
];

async function firstStart({ page, address, look }) {
  const asked = [];
  page.on('request', (request) => asked.push(new URL(request.url()).pathname));
  await page.goto(address);
  await page.getByRole('heading', { name: 'Set up this hub' }).waitFor();
  expect(!asked.includes('/api/v1/status'),
    'the way in asks for nothing that a stranger may not see');
  await look('setup');
  await page.getByRole('button', { name: 'Make the first account' }).click();
  await page.getByText('Enter the name that you will sign in with.').waitFor();
  await page.getByLabel('Name to sign in with').fill('anna');
  await page.getByLabel('Full name').fill('Anna Berg');
  await page.getByLabel('Password', { exact: true }).fill('short');
  await page.getByRole('button', { name: 'Make the first account' }).click();
  await page.getByText('at least 12 characters; a sentence').waitFor();
  await page.getByLabel('Password', { exact: true }).fill(kPassword);
  await page.getByLabel('Password again').fill(kPassword);
  await page.getByRole('button', { name: 'Make the first account' }).click();
  for (const [name, hash, text] of kFirstDay) {
    await go(page, hash);
    await page.getByText(text).first().waitFor();
    await look(`first-${name}`);
  }
  await setView(page, 'phone');
  await go(page, '#/overview');
  await page.getByText('No edge has joined yet').waitFor();
  await look('phone-first-overview');
  await page.goto(address);
  await page.reload();
  await page.getByLabel('Name to sign in with').fill('eve');
  await page.getByLabel('Password', { exact: true }).fill(kPassword);
  await page.getByLabel('Password again').fill(kPassword);
  await page.getByRole('button', { name: 'Make the first account' }).click();
  await page.getByText('This link was used before').waitFor();
  expect(true, 'the link of the first set-up works once');
}

// name, address, what tells that it is there
const kPages = [
  ['overview', '#/overview', '.changes li'],
  ['registry', '#/registry', '.kind-card'],
  ['devices', '#/registry/devices', '.is-unclaimed'],
  ['search', '#/registry?q=press', '.found li'],
  ['device', '#/registry/devices/plc-press-07', '.spec'],
  ['manifest', '#/registry/contracts/presses?tab=manifest', '.manifest'],
  ['history', '#/registry/devices/plc-press-07?tab=history', '.diff li'],
  ['graph', '#/registry/devices/plc-press-07?tab=graph', '.graph, .graph-lists'],
  ['pipeline', '#/registry/pipelines/engine-rul', '.inner-table'],
  ['connection', '#/registry/connections/plant-mqtt', '.spec-blocks .inner-table'],
  ['model', '#/registry/models/compressor-rul', '.registry-table tbody tr'],
  ['version', '#/registry/model-versions/compressor-rul-7', '.enrolment'],
  ['edge-device', '#/registry/devices/edge-berlin-2', '.twin'],
  ['edges', '#/edges', '.edges-table tbody tr'],
  ['edge', '#/edges/edge-berlin-3', '.twin'],
  ['approvals', '#/approvals/5', '.choices'],
  ['audit', '#/audit', '.audit-table tbody tr'],
  ['entry', '#/audit/474', '.proof'],
  ['people', '#/access/people', '.role-chip'],
  ['person', '#/registry/people/jonas', '.spec'],
  ['roles', '#/access/roles', '.matrix tbody tr'],
  ['tokens', '#/access/tokens', '.registry-table tbody tr'],
  ['apply', '#/apply?edit=devices/plc-press-07', '.editor-number:nth-child(5)'],
  ['account', '#/account', '.rights li'],
];

async function everyPage({ page, look }) {
  for (const view of ['light', 'dark', 'phone']) {
    await setView(page, view);
    const pages = view === 'phone' ? [...kPages, ['more', '#/more', '.more-list li']] : kPages;
    for (const [name, hash, ready] of pages) {
      await go(page, hash);
      await page.locator(ready).first().waitFor();
      await look(`${view}-${name}`);
    }
  }
  await setView(page, 'light');
}

// Address, what tells that it is there, what must not be cut.
const kUncut = {
  light: [['#/registry/connections/plant-mqtt', '.spec-blocks .inner-table', '.inner-table']],
  phone: [
    ['#/registry/pipelines/engine-rul', '.inner-table', '.inner-table'],
    ['#/registry/connections/plant-mqtt', '.spec-blocks .inner-table', '.inner-table'],
    ['#/approvals/5', '.folds', '.table-box'],
  ],
};

async function layout({ page }) {
  const over = (selector) => page.locator(selector).evaluateAll((all) =>
    all.map((box) => box.scrollWidth - box.clientWidth).filter((px) => px > 0));
  for (const [view, places] of Object.entries(kUncut)) {
    await setView(page, view);
    for (const [hash, ready, boxes] of places) {
      await go(page, hash);
      await page.locator(ready).first().waitFor();
      await expectSoon(() => over(boxes), (cut) => cut.length === 0,
        (cut) => `no table of ${hash} is cut (${view}: ${cut.join()})`);
    }
    await go(page, '#/access/tokens');
    await page.locator('.registry-table tbody tr').first().waitFor();
    await expectSoon(() => page.evaluate(() =>
      document.documentElement.scrollHeight - document.documentElement.clientHeight),
    (rest) => rest === 0, (rest) => `a short page does not scroll (${view}: ${rest} px)`);
  }
  await setView(page, 'light');
}

// On a phone: what stands at the end does so on each row, and a picture that shows no more than its
// centre is a list.
async function onAPhone({ page }) {
  await setView(page, 'phone');
  const ends = (selector) => page.locator(selector).evaluateAll((all) =>
    all.map((each) => Math.round(each.getBoundingClientRect().right)));
  const expectAtTheEnd = (selector, end, text) => expectSoon(() => ends(selector),
    (found) => found.length > 0 && found.every((right) => right === end),
    (found) => `${text} (${[...new Set(found)].join()} of ${end})`);
  await go(page, '#/registry/devices/plc-press-07');
  await page.locator('.spec').waitFor();
  const [end] = await ends('.object-head');
  await expectAtTheEnd('.object-actions', end, 'buttons of an object stand at the end');
  await go(page, '#/access/tokens');
  await page.locator('.registry-table tbody tr').first().waitFor();
  await expectAtTheEnd('.end-button', end, 'and those of a list');
  const starts = () => page.getByRole('button', { name: /^Revoke/ }).evaluateAll((all) =>
    all.map((each) => Math.round(each.getBoundingClientRect().left)));
  await expectSoon(starts, (all) => all.length > 2 && new Set(all).size === 1,
    'buttons of rows stand in line');
  await go(page, '#/registry?q=press');
  await page.locator('.found li').first().waitFor();
  const apart = () => page.locator('.found a').evaluateAll((all) => all.filter((each) => {
    const [name, kind] = ['.found-name', '.found-kind'].map((part) =>
      each.querySelector(part).getBoundingClientRect());
    return Math.abs(name.top - kind.top) > 8;
  }).length);
  await expectSoon(apart, (rows) => rows === 0, 'each kind that is found stands beside its name');
  for (const [hash, box, item] of
    [['#/edges', '.filters', '.filter'], ['#/registry/devices', '.kinds', 'a']]) {
    await go(page, hash);
    await page.locator(`${box} ${item}`).first().waitFor();
    const room = () => page.locator(box).first().evaluate((row, selector) => {
      const [outer, inner] = [row, row.querySelector(selector)].map((each) =>
        each.getBoundingClientRect());
      return Math.min(inner.top - outer.top, outer.bottom - inner.bottom);
    }, item);
    await expectSoon(room, (px) => px >= 4, (px) =>
      `a row that is moved sideways cuts no ring of the focus (${box}: ${px} px)`);
  }
  await go(page, '#/registry/model-versions/compressor-rul-7');
  await page.locator('section[aria-labelledby=lineage-title] .graph-lists').waitFor();
  expect(await page.locator('.graph').count() === 0, 'the lineage of a version is a list');
  await setView(page, 'light');
}

async function signInAndBack({ page, look, mode }) {
  await go(page, '#/registry/assets/press-07');
  await page.locator('.spec').waitFor();
  await mode('expired');
  await page.getByText('Your session has ended').waitFor();
  await look('session-ended');
  await mode('normal');
  await signIn(page, 'anna', 'wrong password here');
  await page.getByText('The name or the password is wrong').waitFor();
  await look('sign-in-refused');
  await signIn(page, 'anna');
  await page.getByRole('heading', { name: 'press-07' }).waitFor();
  expect(true, 'after signing in again the same page is shown');
}

async function brokenLine({ page, look, mode }) {
  await go(page, '#/overview');
  await mode('mute');
  await page.getByText('Live events do not get through').waitFor({ timeout: 30_000 });
  await mode('offline');
  await page.getByText('No contact with the hub').waitFor({ timeout: 40_000 });
  await look('offline');
  await mode('normal');
  // The page's own next try may come first and take the button away.
  await page.getByRole('button', { name: 'Try now' }).click({ timeout: 3_000 }).catch(() => {});
  await page.locator('.live-live').waitFor();
  expect(true, 'the page recovers by itself when the hub is back');
  await mode('fail');
  await page.reload();
  await page.getByText('The hub does not answer').waitFor();
  await look('failing');
  await mode('normal');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.locator('.changes li').first().waitFor();
  await mode('slow');
  await go(page, '#/registry/streams');
  await page.locator('.skeleton').first().waitFor();
  await look('loading');
  await mode('normal');
}

// Somebody who may only look, and only in one place.
async function mereViewer({ page, look }) {
  await page.getByRole('link', { name: 'paul' }).click();
  await page.getByText('What you may do').waitFor();
  expect(await page.getByRole('link', { name: 'Audit', exact: true }).count() === 0,
    'who may not see the log is not led to it');
  await go(page, '#/overview');
  await page.locator('.changes li').first().waitFor();
  expect(await page.locator('a[href^="#/audit"]').count() === 0, 'nor from the overview');
  await go(page, '#/registry/devices/daq-lyon?tab=history');
  await page.getByText(/audit entry \d/).waitFor();
  expect(await page.locator('a[href^="#/audit"]').count() === 0, 'nor from a history');
  await go(page, '#/audit');
  await page.getByText('You may not see this').waitFor();
  await look('denied-audit');
  await go(page, '#/registry/people');
  await page.getByText('see people, their roles and skills').waitFor();
  await go(page, '#/approvals/4');
  await page.getByText('This is not for you to decide').waitFor();
  expect(await page.locator('.views .count-badge').count() === 0,
    'requests that somebody else decides are not counted as waiting for this person');
  await look('denied-approval');
  await go(page, '#/registry/devices/plc-press-07');
  await page.locator('.spec').waitFor();
  expect(await page.getByRole('link', { name: 'Edit' }).count() === 0,
    'who may not change things is offered no way to');
  await go(page, '#/registry/devices/no-such');
  await page.getByText('The hub does not know device no-such').waitFor();
  expect(await page.getByText('Entries about it').count() === 0, 'nor from what is not there');
  await page.getByText('It was never there, or you may not see it.').waitFor();
  expect(await page.getByText('may have been deleted').count() === 0,
    'nothing is said to be deleted that never was');
  await look('missing');
  await go(page, '#/registry/pipelines/press-anomely');
  await page.getByText('Did you mean press-anomaly?').waitFor();
  expect(await page.getByRole('link', { name: 'press-anomaly' }).count() === 1,
    'a slip in an address is mended by one click');
  await go(page, '#/nowhere/else');
  await page.getByText('This page has no such view').waitFor();
}

async function hub(context) {
  const { page, address, look } = context;
  await page.goto(address);
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await look('sign-in');
  await setView(page, 'phone-dark');
  await look('phone-dark-sign-in');
  await setView(page, 'light');
  await signIn(page, 'anna');
  await page.locator('.changes li').first().waitFor();
  if (!args.quick) await everyPage(context);
  await layout(context);
  await onAPhone(context);
  // An edge joins in `edges`, and may come to run a version: those that do are counted before.
  for (const actions of [registry, apply, approvals, whereItRuns, edges, access, audit]) {
    await actions(context);
  }
  await signInAndBack(context);
  await brokenLine(context);
  await go(page, '#/account');
  await page.getByRole('button', { name: 'Sign out' }).click();
  await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  await signIn(page, 'paul');
  await mereViewer(context);
}

let failed = false;
try {
  await withHub(['--fresh'], firstStart);
  await withHub([], hub);
  expect(found.length === 0, `no page has a fault ${found.join('\n      ')}`);
} catch (error) {
  failed = true;
  process.stderr.write(`FAIL  ${error.message}\n`);
}
process.exit(failed ? 1 : 0);
