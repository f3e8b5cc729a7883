// What the page knows of the hub as a whole, kept current by the live link: who is signed in, the
// status, what changed while the page was open. Views load their own things and load them again
// when what they show is touched.

import { useEffect, useRef } from 'preact/hooks';

import { setPeer, takeServerTime } from '../contact';
import { parseTime } from '../format';
import { holdState, restWhileHidden } from '../held';
import { ApiError, lastAnswer, textOf } from '../http';
import { LiveLink } from '../live';
import type { Link, LiveTarget } from '../live';
import * as api from './api';
import type { Change, HubStatus, Session } from './api';
import type { Permission } from './kinds';

export interface HubState {
  phase: 'loading' | 'ready' | 'failed' | 'signed-out';
  error: string;
  wasSignedIn: boolean; // the session ended while the page was open
  session: Session | null;
  status: HubStatus | null;
  link: Link;
  retryAt: number;
  epoch: number; // grows when everything must be loaded anew
  changes: readonly Change[]; // since the page was opened, newest first
  touched: ReadonlyMap<string, number>; // how often "Kind", "Kind/name", "edges", "approvals" were
}

const kShowEveryMs = 300;
const kStatusEveryMs = 2_000;
const kStatusAtLeastMs = 15_000; // an edge that falls silent makes no event
const kListsEveryMs = 1_500; // a list is asked for anew at most so often
const kChangesKept = 50;

const held = holdState<HubState>({
  phase: 'loading', error: '', wasSignedIn: false, session: null, status: null, link: 'connecting',
  retryAt: 0, epoch: 0, changes: [], touched: new Map(),
}, kShowEveryMs);
let statusTimer: ReturnType<typeof setTimeout> | null = null;
let link: LiveLink | null = null;
let contact = 0; // when events last came, ms since 1970 by our clock

const { commit, draft, edit, latest } = held;
export const currentHub = held.now;
export const useHub = held.use;
// When the hub was last heard, by our clock.
export const lastContact = (): number => Math.max(contact, lastAnswer());

// Changes whenever something under one of the keys did, or everything must be loaded anew.
export function useVersion(...keys: string[]): string {
  return useHub((s) => `${s.epoch} ${keys.map((key) => s.touched.get(key) ?? 0).join(' ')}`);
}

// How often something under these keys was touched since the page was opened.
export const useTouches = (keys: readonly string[]): number =>
  useHub((s) => keys.reduce((sum, key) => sum + (s.touched.get(key) ?? 0), 0));

// Reloads what is shown when more was touched, not when it is shown first.
export function useReloadAfter(touches: number, reload: () => void): void {
  const seen = useRef(touches);
  useEffect(() => {
    if (touches > seen.current) reload();
    seen.current = touches;
  }, [touches]);
}

// A grant for some sites only may still do here: the hub decides, and says so.
export function may(session: Session | null, permission: Permission): boolean {
  return session?.permissions.some((grant) => grant.permission === permission) ?? false;
}

export const useMay = (permission: Permission): boolean =>
  useHub((s) => may(s.session, permission));

function mark(keys: string[]): void {
  const touched = edit('touched', (all) => new Map(all)) as Map<string, number>;
  for (const key of keys) touched.set(key, (touched.get(key) ?? 0) + 1);
}

// Of lists and of what somebody did here: the counts beside the lists come with them.
export function touch(...keys: string[]): void {
  mark(keys);
  showStatus();
}

const waiting = new Set<string>();

// For lists: ten thousand edges that report are one question, not ten thousand.
function touchLater(...keys: string[]): void {
  if (waiting.size === 0) {
    setTimeout(() => {
      const due = [...waiting];
      waiting.clear();
      touch(...due);
    }, kListsEveryMs);
  }
  for (const key of keys) waiting.add(key);
}

async function loadStatus(): Promise<void> {
  const status = await api.getStatus();
  takeServerTime(parseTime(status.now));
  const was = currentHub().status?.edges;
  commit({ status });
  if (was && JSON.stringify(was) !== JSON.stringify(status.edges)) touchLater('edges');
}

// Counts follow events, but a bulk of a thousand changes asks for them once.
function refreshStatus(): void {
  statusTimer ??= setTimeout(showStatus, kStatusEveryMs);
}

function showStatus(): void {
  if (statusTimer) clearTimeout(statusTimer);
  statusTimer = null;
  if (currentHub().phase === 'ready') void loadStatus().catch(() => {});
}

function takeChange(change: Change): void {
  const changes = [change, ...(latest('changes'))].slice(0, kChangesKept);
  draft({ changes });
  mark([`${change.kind}/${change.name}`]);
  touchLater(change.kind, 'audit');
}

// Tells which edge, not how it is now: who shows it asks.
function takeEdge({ edge, name }: { edge?: string; name?: string }): void {
  mark([`edge ${edge ?? name ?? ''}`]);
  touchLater('edges');
}

async function reload(): Promise<void> {
  await loadStatus();
  commit({ epoch: currentHub().epoch + 1 });
}

const target: LiveTarget = {
  heard: () => void (contact = Date.now()),
  event(type, data) {
    if (type === 'change') takeChange(data as Change);
    else if (type === 'edge') takeEdge(data as { edge?: string });
    else if (type === 'approval') touch('approvals');
    refreshStatus();
  },
  reset: () => void reload().catch(() => {}),
  link: (next, retryAt) => commit({ link: next, retryAt }),
  expired: () => void refused(true),
  poll: reload,
};

// What was refused may have been asked for by a session of before: the one of now is looked at
// before it ends here. Of several refusals one ends it.
async function refused(isLinkOver: boolean): Promise<void> {
  const { phase, session } = currentHub();
  if (phase !== 'ready') return;
  try {
    await api.getSession();
  } catch (error) {
    if (currentHub().session !== session) return;
    if (error instanceof ApiError && error.status === 401) return signedOut();
  }
  if (isLinkOver) setTimeout(startLink, kStatusEveryMs);
}

function startLink(): void {
  link?.stop();
  if (currentHub().phase !== 'ready') return;
  link = new LiveLink(target, '/api/v1/events');
  void link.run();
}

function signedOut(): void {
  link?.stop();
  link = null;
  api.setCsrf('');
  const wasSignedIn = currentHub().session !== null;
  commit({ phase: 'signed-out', wasSignedIn, session: null, status: null });
}

// Takes over a session that was begun, and shows the page that was asked for.
export async function begin(session: Session): Promise<void> {
  api.setCsrf(session.csrf);
  commit({ session, error: '' });
  // Who may see nothing has a session all the same, and is told so on each page.
  await loadStatus().catch((error: unknown) => {
    if (!(error instanceof ApiError) || error.status !== 403) throw error;
  });
  // Meanwhile a refusal of what the last session still asked for may have ended this one here.
  api.setCsrf(session.csrf);
  commit({ phase: 'ready', session, wasSignedIn: false });
  startLink();
}

export async function endSession(): Promise<void> {
  await api.signOut();
  commit({ session: null });
  signedOut();
}

export async function load(): Promise<void> {
  try {
    await begin(await api.getSession());
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return signedOut();
    commit({ phase: 'failed', error: textOf(error) });
  }
}

export function retryNow(): void {
  if (currentHub().phase === 'failed') {
    commit({ phase: 'loading', error: '' });
    void load();
  }
  link?.retryNow();
}

export function start(): void {
  setPeer({ name: 'the hub', signedOut: () => void refused(false) });
  void load();
  restWhileHidden(() => link);
  setInterval(() => {
    if (document.visibilityState === 'visible') refreshStatus();
  }, kStatusAtLeastMs);
}
