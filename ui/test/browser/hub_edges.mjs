// What people do with the pages of edges, and with those of what edges run. Each begins signed in
// as anna and leaves no dialog open.

import { expect, expectSoon, go, setSize, setView } from './browser.mjs';
import { choose, expectCount, kRows } from './hub_actions.mjs';

// What failed in plain words, its reason once, the place on the edge's disk folded away.
async function failedEdge({ page, look }) {
  await go(page, '#/edges/edge-berlin-3');
  await page.getByText('Pipeline press-anomaly could not be taken over.').waitFor();
  const text = await page.locator('#main').innerText();
  expect(text.split('asks for 4 features, found 5').length === 2, 'its reason is told once');
  expect(!text.includes('/var/lib'), 'no path of the edge is shown unasked');
  await page.getByText('As the edge reports it').click();
  await page.getByText('/var/lib/lineside/edge/follow/config-41').waitFor();
  await look('edge-failed');
  const features = page.locator(kRows, { hasText: 'press-features' });
  expect((await features.innerText()).includes('no model: features only'),
    'a pipeline without a model says so');
  expect((await features.innerText()).includes('runs without a model'), 'and that it runs');
  await go(page, '#/edges');
  const row = await page.locator(kRows, { hasText: 'edge-berlin-3' }).innerText();
  expect(row.includes('Pipeline press-anomaly: the model asks') && !row.includes('/var/lib'),
    'the list of edges says it in words');
}

async function alertsOfEdge({ page, look }) {
  await go(page, '#/edges/edge-berlin-3');
  const alerts = page.getByRole('region', { name: 'Alerts' });
  await alerts.getByText('oil pump worn').first().waitFor();
  const state = await alerts.locator('td[data-label=State]').allTextContents();
  expect(state.every((text) => /, (?:open|cleared)$/.test(text)),
    `an alert is open or cleared (${[...new Set(state)].join('; ')})`);
  expect(await alerts.evaluate((above) => above.getBoundingClientRect().top
    < document.querySelector('#certificates-title').getBoundingClientRect().top),
  'what it raised stands above its certificates');
  await look('edge-alerts');
  const said = await alerts.getByRole('row').nth(3).locator('[data-label=Verdict]').innerText();
  expect(said.endsWith(' and 42 more'), 'and tells of how many verdicts it does not show');
  await alerts.getByRole('button', { name: 'Load more' }).click();
  await alerts.getByRole('row').nth(25).waitFor();
  await alerts.getByRole('button').waitFor({ state: 'detached' });
  expect(true, 'an edge tells all that it raised');
  const row = alerts.getByRole('row').nth(1);
  const asset = await row.locator('[data-label=Asset]').textContent();
  await row.getByRole('rowheader').getByRole('link').click();
  await page.getByRole('heading', { level: 1, name: asset }).waitFor();
  expect(true, 'and an alert leads to the asset that it is about');
}

// Of what nobody has answered yet; the longest is the message.
async function alertsUnanswered({ page, look }) {
  await setSize(page, 1280, 800);
  await go(page, '#/edges/edge-lyon-4');
  const alerts = page.getByRole('region', { name: 'Alerts' });
  await alerts.getByRole('row').nth(20).waitFor();
  const broken = () => alerts.locator('td[data-label] .object-link, td time').evaluateAll((all) =>
    all.filter((each) => new Set([...each.getClientRects(),
      ...[...each.children].flatMap((child) => [...child.getClientRects()])]
      .map((box) => Math.round(box.top / 8))).size > 1).map((each) => each.textContent));
  await expectSoon(broken, (all) => all.length === 0,
    (all) => `neither names nor times are broken (${all.join()})`);
  await look('edge-alerts-unanswered');
  await go(page, '#/edges/edge-berlin-3');
  const said = alerts.getByRole('row').nth(2).locator('[data-label=Verdict] .quiet');
  await expectSoon(() => said.evaluate((text) => text.getClientRects().length),
    (lines) => lines === 1, 'what was said of an alert stands on one line');
  const tops = () => page.locator('.twin-half h3').evaluateAll((all) =>
    all.map((each) => each.getBoundingClientRect().top));
  await go(page, '#/edges/edge-spare');
  await expectSoon(tops, ([one, other]) => one === other,
    'what is desired and what is reported stand side by side, be one of them nothing');
  await setView(page, 'light');
}

async function removing({ page, look }) {
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByRole('dialog').getByText('What runs there goes on running').waitFor();
  expect(true, 'who removes an edge is told that it goes on');
  await look('edge-remove');
  await page.keyboard.press('Escape');
}

// An edge that was silent and is heard again makes no event.
async function heardAgain({ page, tell }) {
  await go(page, '#/edges/edge-lyon-3');
  await page.getByText('no answer since its line lost power').waitFor();
  await tell('edge?name=edge-lyon-3&state=behind&why=');
  await page.getByText('The edge runs something older.').waitFor({ timeout: 40_000 });
  expect(await page.getByText('no answer since its line lost power').count() === 0,
    'the page of an edge tells how it stands now');
}

// An edge that nothing is for yet says so, and leaves no part of its page out.
async function bareEdge({ page, look, tell }) {
  await tell('edges?site=acme&count=1');
  await go(page, '#/edges/box-acme-1');
  await page.getByText('None is for this edge: nothing judges what it hears.').waitFor();
  await page.getByText('No connection, contract or pipeline is for this edge yet.').waitFor();
  await page.getByText('It has told of none.').waitFor();
  await look('edge-bare');
  await tell('edges?site=acme&count=0');
}

export async function edges(context) {
  await failedEdge(context);
  await alertsOfEdge(context);
  await alertsUnanswered(context);
  await removing(context);
  await heardAgain(context);
  await bareEdge(context);
  await joining(context);
}

async function joining({ page, look }) {
  await go(page, '#/edges');
  await page.getByRole('button', { name: 'Join an edge' }).click();
  await choose(page, 'Site', 'lyon');
  await page.getByLabel('Name of the edge').fill('edge-berlin-2');
  await page.getByText('has joined already').waitFor();
  await look('join-taken');
  await page.getByLabel('Name of the edge').fill('edge-lyon-5');
  await page.getByText('has joined already').waitFor({ state: 'detached' });
  await look('join');
  await page.getByRole('button', { name: 'Make the join command' }).click();
  await page.getByText('lineside edge join https://').waitFor();
  await look('join-waiting');
  await page.getByText('has joined').waitFor();
  await look('join-arrived');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'edge-lyon-5' }).waitFor();
  expect(true, 'an edge that joins appears by itself');
  await page.getByRole('button', { name: /^Failed/ }).click();
  await page.getByRole('link', { name: 'edge-lyon-5' }).waitFor({ state: 'detached' });
  await go(page, '#/edges/edge-lyon-5');
  await page.getByRole('button', { name: 'Revoke' }).click();
  await page.getByLabel('Reason').fill('stolen');
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByText('revoked: stolen').first().waitFor();
  await look('edge-revoked');
}

// However many edges there are: those that run the version are told, and none is asked by itself.
export async function whereItRuns({ page, look, tell }) {
  const asked = [];
  const note = (request) => asked.push(new URL(request.url()).pathname);
  const kVersion = '#/registry/model-versions/compressor-rul-7';
  const running = page.locator('section', { has: page.locator('#running-title') });
  await tell('edges?site=berlin&count=60');
  await go(page, '#/overview');
  page.on('request', note);
  await go(page, kVersion);
  await running.getByRole('link', { name: 'edge-lyon-4' }).waitFor();
  const told = await running.locator('.enrolment').allTextContents();
  expect(told.every((text) => text.startsWith('edge-lyon-')),
    'behind 60 edges that run something else stand those that run it');
  expect(!asked.some((path) => path.startsWith('/api/v1/edges/')),
    'and no edge was asked by itself');
  page.off('request', note);
  await tell('edges?site=lyon&count=60');
  await go(page, '#/overview');
  await go(page, kVersion);
  await running.getByText('62 edges', { exact: true }).waitFor();
  await look('version-runs-often');
  await running.getByRole('link', { name: 'All 62 edges that run it' }).click();
  await expectCount(page, '.edges-table tbody tr', 62, 'a link leads to all that run it');
  await look('edges-of-a-version');
  await page.getByRole('button', { name: /^Remove the filter runs/ }).click();
  await page.getByRole('link', { name: 'edge-berlin-1' }).waitFor();
  await go(page, `#/edges?digest=sha256:${'0'.repeat(64)}`);
  await page.getByText('No edge reports that it runs this').waitFor();
  await tell('edges?site=lyon&count=0');
}
