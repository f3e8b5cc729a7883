// Chromium under control: starting it, counting every fault it reports, accessibility.

import { readFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';

import { chromium } from 'playwright-core';

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

const kFlags = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-sync',
  '--disable-background-networking', '--disable-component-update',
];

export const kViews = {
  light: { colorScheme: 'light', width: 1440, height: 900 },
  dark: { colorScheme: 'dark', width: 1440, height: 900 },
  phone: { colorScheme: 'light', width: 360, height: 740 },
  'phone-dark': { colorScheme: 'dark', width: 360, height: 740 },
};

export class Failure extends Error {}

export function expect(holds, text) {
  if (!holds) throw new Failure(text);
  process.stderr.write(`  ok  ${text}\n`);
}

const kPatienceMs = 15_000;
const kAskEveryMs = 50;

// Asks until `holds` agrees with what `read` gives, so that nothing is judged that is still on its
// way; where it never does, the last answer is what is judged and, by `text(answer)`, told.
export async function expectSoon(read, holds, text, patienceMs = kPatienceMs) {
  const until = Date.now() + patienceMs;
  let answer = await read();
  while (!holds(answer) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, kAskEveryMs));
    answer = await read();
  }
  expect(holds(answer), typeof text === 'function' ? text(answer) : text);
  return answer;
}

// `tolerated` are patterns of console errors that the test provokes on purpose.
export async function openBrowser(origin, tolerated = []) {
  const executablePath = process.env.LINESIDE_CHROMIUM ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args: kFlags });
  // A hub's certificate is of its own authority, which no browser knows.
  const context = await browser.newContext(
    { viewport: { width: 1440, height: 900 }, ignoreHTTPSErrors: true });
  const page = await context.newPage();
  const faults = [];
  const report = (text) => {
    if (!tolerated.some((pattern) => pattern.test(text))) faults.push(text);
  };
  page.on('console', (message) => {
    if (message.type() === 'error') report(`console: ${message.text()}`);
  });
  page.on('pageerror', (error) => report(`uncaught: ${error.message}`));
  // Not faults by themselves, but what to know of a session that ended too early.
  const denied = [];
  page.on('response', (response) => {
    if (response.status() === 401)
      denied.push(`${new Date().toISOString()} ${response.request().method()} ${response.url()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin: to } = new URL(request.url());
    if (protocol.startsWith('http') && to !== origin) report(`foreign request: ${request.url()}`);
  });
  return { browser, page, faults, denied };
}

// Until what was changed is drawn: two frames, and what moves for a while at its end.
export const settled = (page) => page.evaluate(async () => {
  const frame = () => new Promise((done) => requestAnimationFrame(done));
  await frame();
  await frame();
  const moving = document.getAnimations().filter((each) =>
    Number.isFinite(each.effect?.getComputedTiming().endTime));
  await Promise.allSettled(moving.map((each) => each.finished));
});

// A window of this size, laid out.
export async function setSize(page, width, height) {
  await page.setViewportSize({ width, height });
  await page.waitForFunction(([w, h]) => innerWidth === w && innerHeight === h, [width, height]);
  await settled(page);
}

export async function setView(page, name) {
  const { colorScheme, width, height } = kViews[name];
  await page.emulateMedia({ colorScheme });
  await setSize(page, width, height);
}

// Until the view of this address stands in place of the one before; what it loads comes later.
export async function go(page, hash) {
  await page.evaluate(async (to) => {
    const was = location.href;
    const changed = new Promise((done) => addEventListener('hashchange', done, { once: true }));
    location.hash = to;
    if (location.href !== was) await changed;
  }, hash);
  await settled(page);
}

export async function goBack(page) {
  await page.goBack();
  await settled(page);
}

// Brings the first of what is shown into sight, also where it is replaced meanwhile.
export const intoSight = (page, selector) => page.waitForFunction((wanted) => {
  const box = document.querySelector(wanted);
  const isShown = Boolean(box?.checkVisibility());
  if (isShown) box.scrollIntoView({ block: 'nearest' });
  return isShown;
}, selector);

// Charts load when they come near the window: until none in sight waits for its history.
export async function chartsDrawn(page) {
  await page.waitForFunction(() => [...document.querySelectorAll('.chart-wait')].every((box) => {
    const { top, bottom } = box.getBoundingClientRect();
    return bottom < 0 || top > innerHeight;
  }));
  await settled(page);
}

// Faults of any impact that axe-core finds in what is shown now.
async function axeFaults(page) {
  await page.evaluate(axeSource);
  return page.evaluate(async () => {
    const result = await globalThis.axe.run(document, { resultTypes: ['violations'] });
    return result.violations
      .map((v) => `${v.id} (${v.impact}): ${v.nodes.slice(0, 3)
        .map((n) => `${n.target} ${n.any[0]?.message ?? ''}`).join(' | ')}`);
  });
}

// Keeps a picture of what is shown now and gives what is wrong with it, which stops no test: one
// run tells everything.
export async function inspect(page, folder, name) {
  await page.mouse.move(1, 1);
  await page.waitForTimeout(400);
  await settled(page);
  await mkdir(folder, { recursive: true });
  await page.screenshot({ path: join(folder, `${name}.png`) });
  const found = await axeFaults(page);
  const over = await page.evaluate(() =>
    document.documentElement.scrollWidth - document.documentElement.clientWidth);
  if (over > 0) found.push(`${over} px wider than the window`);
  const outcome = found.length === 0 ? 'ok  ' : 'BAD ';
  process.stderr.write(`  ${outcome}${name}: looks, contrast, names, width\n`);
  return found.map((text) => `${name}: ${text}`);
}
