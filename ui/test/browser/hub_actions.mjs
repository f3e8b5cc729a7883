// What people do with the hub's pages. Each begins signed in as anna and leaves no dialog open.

import { expect, expectSoon, go, setSize, setView } from './browser.mjs';

const focused = (page) => page.evaluate(() => {
  const { activeElement: at } = document;
  return at?.getAttribute('data-key') ?? at?.textContent?.trim() ?? '';
});

const expectFocus = (page, pattern, text) =>
  expectSoon(() => focused(page), (name) => pattern.test(name), (name) => `${text} (${name})`);

export const choose = (page, label, value) =>
  page.getByRole('dialog').getByLabel(label, { exact: true }).and(page.locator('select'))
    .selectOption(value);

// Lists empty and fill again while they load.
export async function expectCount(page, selector, count, text) {
  await page.waitForFunction(([wanted, number]) =>
    document.querySelectorAll(wanted).length === number, [selector, count]);
  expect(true, text);
}

export const kRows = '.registry-table tbody tr';

async function claiming({ page, look, tell }) {
  await go(page, '#/registry/devices?status=unclaimed');
  await page.locator('.is-unclaimed').nth(1).waitFor();
  // By keyboard alone: to the button, through the dialog, and back.
  await page.getByRole('button', { name: 'Claim gw-0c4f' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor();
  await expectSoon(
    () => page.getByLabel('Owner').evaluate((box) => box === document.activeElement), Boolean,
    'the dialog takes the focus');
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expectFocus(page, /^Claim/, 'Escape leads back to the button');
  await page.keyboard.press('Enter');
  await page.getByLabel('Owner').fill('line 2');
  await page.getByLabel('Title').fill('Gateway of stand 3');
  await look('claim');
  await tell('edit?kind=Device&name=gw-0c4f&field=serial&value=GW-118');
  await page.getByRole('button', { name: 'Claim', exact: true }).click();
  await page.getByText('Somebody was faster').waitFor();
  expect(await page.getByText('spec.serial').count() > 0, 'a conflict shows what changed');
  await look('claim-conflict');
  await page.getByRole('button', { name: 'Show the newest' }).click();
  await page.getByText('Somebody was faster').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Claim', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: 'Claim gw-0c4f' }).waitFor({ state: 'detached' });
  expect(true, 'what is claimed leaves the list of the unclaimed');
}

async function listing({ page, look, tell }) {
  await go(page, '#/registry/streams');
  await page.locator(kRows).nth(99).waitFor();
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.locator(kRows).nth(150).waitFor();
  expect(true, 'the next page of a list follows the first');
  const first = await page.locator(`${kRows} a`).first().textContent();
  await tell(`edit?kind=Stream&name=${encodeURIComponent(first)}&field=description&value=anew`);
  await page.locator(kRows).first().getByText('anew').waitFor();
  expect(await page.locator(kRows).count() > 150, 'a change takes no loaded page away');
  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByLabel('Only where').selectOption('unit');
  await page.getByLabel('is', { exact: true }).fill('kN');
  await look('filter');
  await page.locator('.new-filter').getByRole('button', { name: 'Filter' }).click();
  await expectCount(page, kRows, 12, 'a filter narrows the list');
  await page.getByRole('button', { name: 'Remove the filter Unit is kN' }).click();
  await page.locator(kRows).nth(99).waitFor();
  await page.getByLabel('Search streams').fill('press-03');
  await expectCount(page, kRows, 3, 'search narrows the list');
  await page.getByLabel('Search streams').fill('no such thing');
  await page.getByText('No stream matches').waitFor();
  await page.getByRole('link', { name: 'Show all streams' }).click();
  await page.locator(kRows).nth(99).waitFor();
}

// Rows that the hub cannot read stop no list, and the list says so.
async function damage({ page, look, mode }) {
  await mode('damaged');
  await go(page, '#/overview');
  await go(page, '#/registry/streams');
  await page.getByText('2 rows are missing here').waitFor();
  await page.locator(kRows).nth(99).waitFor();
  await look('damaged');
  await page.getByRole('button', { name: 'Load more' }).click();
  await page.getByText('4 rows are missing here').waitFor();
  await go(page, '#/registry?q=press');
  await page.getByText('2 rows are missing here').waitFor();
  await page.locator('.found li').first().waitFor();
  await go(page, '#/approvals');
  await page.getByText('2 rows are missing here').waitFor();
  await mode('normal');
  expect(true, 'lists go on beside damaged rows and say of how many');
}

// Whether the letters of each box stay inside it, and no box covers another.
const graphFaults = (page) => page.evaluate(() => {
  const boxes = [...document.querySelectorAll('.graph .box')].map((box) => {
    const face = box.querySelector('.box-face').getBoundingClientRect();
    const texts = [...box.querySelectorAll('text')].map((text) => text.getBoundingClientRect());
    return { key: box.dataset.key, face, texts };
  });
  const over = boxes.filter(({ face, texts }) =>
    texts.some((text) => text.right > face.right - 2 || text.bottom > face.bottom));
  const covered = boxes.filter((one, i) => boxes.slice(i + 1).some(({ face }) =>
    face.left < one.face.right && one.face.left < face.right
    && face.top < one.face.bottom && one.face.top < face.bottom));
  return [...over, ...covered].map(({ key }) => key);
});

const expectNoFaults = (page, text) => expectSoon(() => graphFaults(page),
  (faults) => faults.length === 0, (faults) => `${text} (${faults.join()})`);

// An edge with hundreds of streams: each column at a glance, and its parts one after the other.
async function largeGraph({ page, look }) {
  for (const view of ['light', 'phone']) {
    await setView(page, view);
    await go(page, '#/overview');
    await go(page, '#/registry/devices/edge-lyon-1?tab=graph');
    await page.locator('.graph-head').getByRole('button', { name: 'Picture' }).click();
    const bundle = page.locator('.box-bundle', { hasText: /^3\d\d streams.*show each/ });
    await bundle.click();
    const more = page.locator('.box-bundle', { hasText: 'show the next' });
    await more.locator('text', { hasText: /^1–12 of 3\d\d$/ }).waitFor();
    await expectNoFaults(page, `nothing covers anything (${view})`);
    await look(`graph-opened-${view}`);
    await more.focus();
    await page.keyboard.press('Enter');
    await more.locator('text', { hasText: /^13–24 of 3\d\d$/ }).waitFor();
    await expectNoFaults(page, `nor in its next part (${view})`);
  }
  await setView(page, 'light');
}

async function graphByKeyboard({ page, look }) {
  await go(page, '#/registry/devices/plc-press-07?tab=graph');
  await page.locator('.box-centre[data-key="Device/plc-press-07"]').focus();
  await page.keyboard.press('ArrowRight');
  await expectFocus(page, /^Stream\/press-07\//, 'arrow keys move along the wires');
  await look('graph-keyboard');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('ArrowLeft');
  await page.keyboard.press('Enter');
  await page.locator('.box-centre[data-key]:not([data-key="Device/plc-press-07"])').waitFor();
  expect(true, 'Enter leads to the object');
  await go(page, '#/registry/connections/plant-mqtt?tab=graph');
  await page.locator('.box-centre[data-key="Connection/plant-mqtt"]').waitFor();
  await page.locator('.box-bundle').first().waitFor();
  const before = await page.locator('.box').count();
  await page.locator('.box-bundle').first().focus();
  await page.keyboard.press('Enter');
  await page.waitForFunction((n) => document.querySelectorAll('.box').length > n, before);
  expect(true, 'a bundle opens to what is in it');
  await expectFocus(page, /^(Device|Stream)\//, 'the first of it has the focus');
  await look('graph-large');
  await page.getByRole('button', { name: 'Fold what was opened' }).click();
  await page.waitForFunction((n) => document.querySelectorAll('.box').length === n, before);
  await largeGraph({ page, look });
  await go(page, '#/registry/connections/plant-mqtt?tab=graph');
  await page.locator('.box-bundle').first().waitFor();
  await page.getByRole('button', { name: 'List' }).click();
  await page.locator('.graph-lists').waitFor();
  await look('graph-list');
  await largeList({ page, look });
}

// The list folds what the picture draws as one box, and shows each of it when asked.
async function largeList({ page, look }) {
  await go(page, '#/registry/devices/edge-lyon-1?tab=graph');
  await page.getByRole('button', { name: 'List' }).click();
  const all = page.getByRole('button', { name: /^show all 3\d\d streams$/ });
  await all.waitFor();
  const links = page.locator('.graph-lists .object-link');
  expect(await links.count() < 60, 'a long list is folded');
  await look('graph-list-folded');
  await all.click();
  await links.nth(300).waitFor();
  await page.getByRole('button', { name: 'fold streams' }).click();
  await links.nth(300).waitFor({ state: 'detached' });
  expect(true, 'and shows each when asked, and folds again');
}

// The picture follows the room there is, and shows its centre where it is larger all the same.
async function graphFits({ page, look }) {
  const kGraph = '.graph-box';
  await go(page, '#/registry/pipelines/engine-rul?tab=graph');
  await page.locator('.box-centre').waitFor();
  await setSize(page, 1280, 800);
  await page.waitForFunction((selector) => {
    const box = document.querySelector(selector);
    return box && box.scrollWidth === box.clientWidth;
  }, kGraph);
  expect(true, 'five columns fit into 1280 px');
  await setSize(page, 820, 800);
  await page.locator(`${kGraph}.more-left`).waitFor();
  await expectSoon(() => page.locator('.box-centre').evaluate((centre, selector) => {
    const [own, box] = [centre, centre.closest(selector)].map((one) => one.getBoundingClientRect());
    return own.left >= box.left && own.right <= box.right;
  }, kGraph), Boolean, 'where they do not fit the centre is in sight');
  await look('graph-cut');
  await setView(page, 'phone');
  await page.locator('.graph-lists').waitFor();
  expect(true, 'a page that becomes narrow shows the list');
  await setView(page, 'light');
}

async function restoring({ page, look }) {
  await go(page, '#/registry/devices/plc-press-07?tab=history');
  await page.locator('.revision-row').nth(2).click();
  await page.getByRole('button', { name: 'Against now' }).click();
  await page.getByRole('heading', { name: 'Revision 2 → 4' }).waitFor();
  const isTried = page.waitForResponse(/dry_run=true/);
  await page.getByRole('button', { name: 'Restore revision 2' }).click();
  await isTried;
  await page.getByLabel('Why').fill('the new firmware loses readings');
  await page.getByRole('dialog').locator('.diff li').first().waitFor();
  expect(await page.getByRole('dialog').locator('.fault').count() === 0,
    'where there is nothing to warn of nothing is said');
  await look('restore');
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('revision 5').waitFor();
  await expectCount(page, '.revision-row', 5, 'restoring adds a revision on top');
}

// What an edge will refuse is told before an old revision comes back, as of what is applied.
async function restoringWhatWarns({ page, look, tell }) {
  await tell('edit?kind=Pipeline&name=press-oil&field=title&value=Oil');
  await go(page, '#/registry/pipelines/press-oil?tab=history');
  await page.locator('.revision-row').nth(1).click();
  await page.getByRole('button', { name: 'Restore revision 1' }).click();
  await page.getByRole('dialog')
    .getByText("Pipeline press-oil reads 'oik', which no connection maps").waitFor();
  await look('restore-warning');
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.getByText('revision 3', { exact: true }).waitFor();
  expect(true, 'a warning stands in no way');
}

// What refers to an object is told beside the button, which waits until it is gone.
async function deleting({ page, look, tell }) {
  const button = page.getByRole('button', { name: 'Delete' });
  const refer = (device) =>
    tell(`edit?kind=Stream&name=press-07/oil_level&field=device&value=${device}`);
  await go(page, '#/registry/device-types/s7-1500');
  await page.getByText('It cannot be deleted').waitFor();
  await expectSoon(() => page.locator('.why-it-stays').textContent(),
    (text) => /while devices plc-press-01, .* and 9 more refer to it\.$/.test(text),
    (text) => `what refers to it is told beside the button (${text})`);
  expect(await button.isDisabled(), 'which does nothing as long');
  await look('delete-refused');
  await refer('opc-10.4.0.31');
  await go(page, '#/registry/devices/opc-10.4.0.31');
  await page.getByText('while stream press-07/oil_level refers to it.').waitFor();
  expect(await button.isDisabled(), 'one that refers to it is enough');
  await refer('');
  await page.getByText('It cannot be deleted').waitFor({ state: 'detached' });
  await button.click();
  await page.getByRole('dialog').waitFor();
  await refer('opc-10.4.0.31');
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByText('is referred to by Stream').waitFor();
  expect(true, 'and what came since is told by the hub');
  await page.keyboard.press('Escape');
  await refer('');
  await go(page, '#/registry/devices/edge-spare');
  await page.getByText('It cannot be deleted now. An edge is enrolled as this device').waitFor();
  expect(!(await page.locator('.why-it-stays').textContent()).includes('/api/'),
    'a person is told of no path of the API');
  await page.getByRole('link', { name: 'To the edge' }).click();
  await page.getByRole('heading', { level: 1, name: 'edge-spare' }).waitFor();
  await go(page, '#/registry/streams/press-07%2Fvibration');
  await page.locator('.spec').waitFor();
  await button.click();
  await page.getByText('Pipeline press-anomaly loses input press-07/vibration.').waitFor();
  expect(true, 'what would lose something is told before');
  await page.keyboard.press('Escape');
  await deletingWhatRuns({ page, look });
}

// Edges are told of that are given what goes: those of its site and of the sites in it.
async function deletingWhatRuns({ page, look }) {
  await go(page, '#/registry/pipelines/engine-rul');
  await page.locator('.spec').first().waitFor();
  await page.getByText(/^Edges edge-lyon-1, .* and \d+ more are to run it\.$/).waitFor();
  await look('runs');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText(/^Edges edge-lyon-1, .* and \d+ more are to run it, and will run/).waitFor();
  await look('delete-runs');
  await page.keyboard.press('Escape');
  await go(page, '#/registry/pipelines/press-anomaly');
  await page.getByText('Edge edge-berlin-3 could not take it over: the model asks for 4 features')
    .waitFor();
  await look('refused-by-edge');
}

// What was deleted is found at its address, and comes back from there.
async function bringingBack({ page, look }) {
  await go(page, '#/registry/devices/gw-0c4f');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByLabel('Why, for the history').fill('it answers to nobody');
  await look('delete');
  const kCount = '.kinds a[href$="/devices"] .num';
  const was = await page.evaluate(async () =>
    (await (await fetch('/api/v1/status')).json()).counts.Device);
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'Devices' }).waitFor();
  await page.locator(kCount, { hasText: new RegExp(`^${was - 1}$`) }).waitFor();
  expect(true, 'the count of a kind follows its list');
  await go(page, '#/registry/devices/gw-0c4f');
  await page.getByText('This device was deleted by anna').waitFor();
  await page.locator('.object-lead', { hasText: '“it answers to nobody”' }).waitFor();
  await look('gone');
  await page.getByRole('button', { name: /^Restore revision \d+$/ }).click();
  await page.getByRole('dialog').locator('.diff li').first().waitFor();
  await look('gone-restore');
  await page.getByRole('button', { name: 'Restore', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.spec').waitFor();
  await page.getByText('“restored revision').waitFor();
  expect(await page.getByText('was deleted by').count() === 0, 'what was deleted is restored');
}

async function builtIn({ page, look }) {
  await go(page, '#/registry/roles/operator');
  await page.getByText('It cannot be edited or deleted. A built-in role').waitFor();
  expect(await page.getByRole('button', { name: 'Edit' }).isDisabled()
    && await page.getByRole('button', { name: 'Delete' }).isDisabled(),
  'a built-in role is offered neither to be edited nor deleted');
  await look('role-built-in');
}

export async function registry(context) {
  await claiming(context);
  await listing(context);
  await damage(context);
  await graphByKeyboard(context);
  await graphFits(context);
  await restoring(context);
  await deleting(context);
  await bringingBack(context);
  await builtIn(context);
}

const kWrong = `apiVersion: lineside/v1
kind: Asset
name: press-13
spec:
  site: berln
  criticality: hihg
  typ: press
---
apiVersion: lineside/v1
kind: Pipeline
name: press-anomaly
spec:
  model: {version: press-anomaly-3}
`;
const kRight = `apiVersion: lineside/v1
kind: Asset
name: press-13
spec:
  site: berlin-hall-2
  criticality: high
  type: press
---
apiVersion: lineside/v1
kind: Asset
name: press-12
spec:
  title: Forging press 12, rebuilt
  site: berlin-hall-2
  type: press
`;

const kBare = `apiVersion: lineside/v1
kind: Pipeline
name: press-oil
spec:
  streams: [oik]
  windows: [{name: w, count: 5}]
  every: {count: 1}
  features: [{window: w, kinds: [mean]}]
`;

export async function apply({ page, look, tell }) {
  await go(page, '#/apply');
  await page.getByLabel('Manifests', { exact: true }).last().fill(kWrong);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText("did you mean 'berlin'?").waitFor();
  await page.getByText('this version is not approved for service').waitFor();
  await expectSoon(() => page.locator('.editor-number.is-marked').count(), (marks) => marks >= 4,
    'problems mark their lines');
  await look('apply-problems');
  await page.getByRole('button', { name: 'line 6' }).click();
  const selected = await page.evaluate(() => {
    const box = document.querySelector('.editor textarea');
    return box.value.slice(box.selectionStart, box.selectionEnd);
  });
  expect(selected === '  criticality: hihg', 'a problem leads to its line');
  await page.locator('.editor textarea').fill(kRight);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('2 would change').waitFor();
  await page.getByLabel('Why, for the history').fill('the new press');
  await look('apply-plan');
  await page.getByRole('button', { name: 'Apply 2 changes' }).click();
  await page.getByRole('heading', { name: 'Applied' }).waitFor();
  await look('applied');

  const warning = page.getByText("Pipeline press-oil reads 'oik', which no connection maps");
  await page.locator('.editor textarea').fill(kBare);
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByText('1 would change').waitFor();
  await warning.waitFor();
  await look('apply-warning');
  await page.getByRole('button', { name: 'Apply 1 change' }).click();
  await page.getByRole('heading', { name: 'Applied' }).waitFor();
  expect(await warning.count() === 1, 'what an edge will refuse is told before and after');
  await restoringWhatWarns({ page, look, tell });

  await go(page, '#/apply?edit=assets/press-12');
  await page.waitForFunction(() =>
    document.querySelector('.editor textarea')?.value.includes('rebuilt'));
  const text = await page.locator('.editor textarea').inputValue();
  await page.locator('.editor textarea').fill(text.replace('rebuilt', 'rebuilt in May'));
  await tell('edit?kind=Asset&name=press-12&field=serial&value=S-12');
  await page.getByRole('button', { name: 'Check' }).click();
  await page.getByRole('button', { name: 'Apply 1 change' }).click();
  await page.getByText('Somebody was faster').waitFor();
  expect(true, 'editing does not write over what another one changed meanwhile');
  await page.getByRole('button', { name: 'Clear' }).click();
}

export async function approvals({ page, look }) {
  await go(page, '#/approvals/4');
  await page.getByText('You asked for it').waitFor();
  await look('approval-own');
  await go(page, '#/approvals/5');
  const report = page.locator('.report');
  await report.getByText('of exactly this file').waitFor();
  expect((await report.locator('.fold-all').textContent()).includes('10.87'),
    'who decides sees the figures of the report in place');
  await expectSoon(() => report.locator('.merit-bar').evaluateAll((all) =>
    all.map((bar) => bar.getBoundingClientRect().left)),
  (lefts) => lefts.length > 0 && lefts.every((left) => left === lefts[0]),
  'the bars of the folds stand in line');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Choose to approve or to reject').waitFor();
  await page.locator('input[value=approved]').focus();
  await page.keyboard.press('Space');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Say why').waitFor();
  await look('approval-unreasoned');
  await page.getByLabel('Reason').fill('Read the report; the late errors are gone.');
  await page.getByRole('button', { name: 'Approve' }).click();
  await page.getByText('Read the report; the late errors are gone.').waitFor();
  await page.locator('.alert-head').getByText('Approved').waitFor();
  await look('approval-done');
  await go(page, '#/registry/model-versions/compressor-rul-6');
  await page.getByRole('button', { name: 'Ask for approval' }).click();
  await page.getByLabel('What for').fill('retrained without the leak');
  await look('approval-ask');
  await page.getByRole('button', { name: 'Ask', exact: true }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await page.locator('.panel-head').getByText('Waits').waitFor();
  expect(true, 'a request is made from the version that it is about');
}

// `field`, `button`: of a dialog that makes something.
async function isTaken(page, field, button, name) {
  await page.getByRole('dialog').getByLabel(field, { exact: true }).fill(name);
  await page.getByRole('button', { name: button }).click();
  await page.getByText(`This name is taken: there is a`).waitFor();
  await page.getByLabel(field, { exact: true }).and(page.locator('[aria-invalid=true]')).waitFor();
  expect(await page.getByText('Somebody was faster').count() === 0,
  `a name that is taken is marked at its field (${name})`);
}

export async function access({ page, look }) {
  await go(page, '#/access/people');
  await page.getByRole('button', { name: 'Add a person' }).click();
  await page.getByLabel('Name to sign in with').fill('lena');
  await page.getByLabel('Full name').fill('Lena Vogt');
  await choose(page, 'Role', 'operator');
  const where = page.getByRole('dialog').getByLabel('Where');
  const add = page.getByRole('button', { name: 'Add and invite' });
  expect(await where.inputValue() === '' && await add.isDisabled(),
    'nobody gets a role everywhere because nobody chose where');
  await choose(page, 'Where', 'berlin');
  await look('person-new');
  await page.getByLabel('Name to sign in with').fill('Lena Vogt');
  await page.getByRole('button', { name: 'Add and invite' }).click();
  await page.getByText('without blanks').waitFor();
  await page.getByLabel('Name to sign in with').and(page.locator('[aria-invalid=true]')).waitFor();
  expect(true, 'the field that a problem is about is marked');
  await look('person-refused');
  await isTaken(page, 'Name to sign in with', 'Add and invite', 'jonas');
  await page.getByLabel('Name to sign in with').fill('lena');
  await page.getByRole('button', { name: 'Add and invite' }).click();
  const link = await page.locator('.copy-text').textContent();
  await look('person-invited');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('link', { name: 'Lena Vogt' }).waitFor();
  const guest = await page.context().browser().newPage();
  await guest.goto(link);
  await guest.getByRole('heading', { name: 'Welcome' }).waitFor();
  await guest.getByText('Your name here: lena').waitFor();
  await guest.getByLabel('Password', { exact: true }).fill('a sentence of mine');
  await guest.getByLabel('Password again').fill('a sentence of mine');
  await guest.getByRole('button', { name: 'Set the password and sign in' }).click();
  await guest.getByRole('heading', { name: 'Overview' }).waitFor();
  expect(true, 'somebody invited chooses a password and is in');
  await guest.close();
  await go(page, '#/registry/people/lena');
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await go(page, '#/registry/people/lena');
  await look('person-deleted');
  await page.getByRole('button', { name: 'Erase what is personal of lena' }).click();
  const erase = page.getByRole('button', { name: 'Erase for good' });
  await page.getByLabel('Type the name to confirm').fill('len');
  expect(await erase.isDisabled(), 'nobody is erased by one click');
  await look('person-erase');
  await page.getByLabel('Type the name to confirm').fill('lena');
  await erase.click();
  await page.getByText('The audit log still verifies.').waitFor();
  await go(page, '#/registry/people/tomas');
  await page.getByRole('button', { name: 'Erase what is personal of tomas' }).click();
  await page.getByLabel('Type the name to confirm').fill('tomas');
  await page.getByRole('button', { name: 'Erase for good' }).click();
  await page.getByRole('heading', { name: 'People' }).waitFor();
  await page.getByRole('link', { name: 'tomas' }).waitFor({ state: 'detached' });
  expect(true, 'who is there is deleted and erased in one step');
  await go(page, '#/registry/people/paul');
  await page.getByText('No object of the registry rests on it').waitFor();
  expect(await page.getByText('Edges may still run it').count() === 0,
    'nobody is told that edges run a person');
  await go(page, '#/access/tokens');
  const takenToken = await page.locator('.registry-table .row-name').first().textContent();
  await page.getByRole('button', { name: 'Make a token' }).click();
  await page.getByLabel('Name').fill('historian');
  await choose(page, 'Role', 'viewer');
  expect(await where.inputValue() === ''
    && await page.getByRole('button', { name: 'Make it' }).isDisabled(),
  'nor does a token');
  await choose(page, 'Where', '*');
  await page.getByText('those that are still to come').waitFor();
  const goodFor = page.getByRole('dialog').getByLabel('Good for');
  await expectSoon(() => Promise.all([where, goodFor].map((each) => each.boundingBox())),
    ([one, other]) => one?.height === other?.height && one?.y === other?.y,
    'fields side by side stand in line though one has a hint');
  await look('token-new');
  await isTaken(page, 'Name', 'Make it', takenToken);
  await look('token-taken');
  await page.getByRole('dialog').getByLabel('Name', { exact: true }).fill('historian');
  await page.getByRole('button', { name: 'Make it' }).click();
  await page.getByText('the only time that the secret is shown').waitFor();
  await look('token-secret');
  await page.getByRole('button', { name: 'Done' }).click();
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  expect(await page.getByText('lst_').count() === 0, 'the secret is shown once');
  await page.getByRole('link', { name: 'Tokens 4' }).waitFor();
  expect((await page.locator('tr', { hasText: 'historian' }).textContent()).includes('90\u202fd'),
    'what was made for 90 days is good for 90 days');
  await page.getByRole('button', { name: 'Revoke historian' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
  await page.getByRole('link', { name: 'historian' }).waitFor({ state: 'detached' });
}

const kLies = [
  ['tamper-entry', 'another hash than the log holds'],
  ['tamper-words', 'is not what its text says'],
  ['tamper-path', 'leads to another root'],
  ['tamper-signature', 'does not hold'],
];

export async function audit({ page, look, mode }) {
  await go(page, '#/audit?action=session.denied');
  await page.locator('.audit-table').getByRole('link', { name: 'anna' }).first().waitFor();
  expect(/^\d+ [A-Z][a-z]{2} \d{4} /.test(
    await page.locator('.audit-table time').first().textContent()), 'entries have their date');
  await go(page, '#/audit?action=object.');
  await page.locator('.audit-table tbody tr').first().waitFor();
  await page.getByText('since this browser looked last').waitFor();
  await page.getByRole('button', { name: 'Who, what about, when' }).click();
  await page.getByLabel('About').fill('Device/plc-press-07');
  await page.locator('.audit-filters').getByRole('button', { name: 'Filter' }).click();
  await expectCount(page, '.audit-table tbody tr', 5, 'entries are filtered');
  await look('audit-filtered');
  await go(page, '#/audit/300');
  await page.getByText('In the log, unaltered').waitFor();
  await expectCount(page, '.finding-valid', 3, 'entry, path and signature hold');
  for (const [lie, text] of kLies) {
    await mode(lie);
    await go(page, '#/overview');
    await go(page, '#/audit/300');
    await page.getByText('This entry is not proved').waitFor();
    await page.getByText(text).first().waitFor();
    await look(lie);
  }
  await mode('tamper-history');
  await go(page, '#/overview');
  await go(page, '#/audit');
  await page.getByText('This log is not what it was').waitFor();
  await look('tamper-history');
  expect(true, 'a log with another past is found out although its signatures hold');
  await mode('normal');
  await page.getByRole('button', { name: 'Forget what this browser has seen' }).click();
  await page.getByText('first visit of this browser').waitFor();
}
