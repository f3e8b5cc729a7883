// The hub's REST API (docs/formats/hub-api.md): its types and the calls the page makes.

import type { AlertView, Verdict } from '../api';
import { jsonOf, request } from '../http';
import type { Kind, Permission } from './kinds';
import { wordsOf } from './kinds';
import { desiredOf } from './twins';
import type { Desired } from './twins';

export type Json = Record<string, unknown>;

export interface Grant {
  permission: Permission;
  sites: string[] | null; // null: everywhere
}

export interface Session {
  person: string;
  title: string;
  csrf: string;
  expires: string;
  permissions: Grant[];
}

export type EdgeWord =
  'in_sync' | 'applying' | 'behind' | 'failed' | 'silent' | 'stopped' | 'never';

export interface Edge {
  name: string;
  site: string;
  state: EdgeWord;
  why: string;
  enrolled: string | null;
  seen: string | null;
  desired_version: number;
  reported_version: number;
  certificate_expires: string | null;
}

export interface Certificate {
  serial: string;
  fingerprint?: string;
  issued?: string;
  not_after?: string;
  revoked?: string | null;
  reason?: string;
}

export interface RunsPipeline {
  name: string;
  version: string;
  model_digest?: string;
}

export interface RunsConnection {
  name: string;
  state: 'up' | 'waiting';
  problem?: string;
}

export interface EdgeDetail extends Edge {
  desired: Desired | null;
  reported: {
    version: number;
    state: 'applied' | 'failed' | 'applying' | 'keeping';
    seen?: string; // the edge's clock
    problems?: string[];
    runs?: {
      pipelines?: RunsPipeline[];
      connections?: RunsConnection[];
      streams?: number;
      lineside?: string;
    };
  } | null;
  certificate_count: number;  // in all; `certificates` are the first of them
  certificates: Certificate[];
}

export interface HubStatus {
  hub: string;
  version: string;
  now: string;
  counts: Record<string, number>;
  edges: Record<string, number>;
  approvals_open: number;
  audit: { size: number; root: string };
}

export interface Meta {
  revision: number;
  change: string;
  site: string;
  time: string;
  author: string;
  note: string;
  leaf: number;
  warnings?: string[]; // of an answer to a write: what an edge will make of it
}

export interface CatalogObject {
  apiVersion: string;
  kind: Kind;
  name: string;
  spec: Json;
  meta: Meta;
}

export interface Page<T> {
  items: T[];
  next: string | null;
  count?: { count: number; exact: boolean };
  damaged?: number; // of what belongs here, but cannot be read
}

export type Revision = Omit<Meta, 'site'>;

export interface Difference {
  path: string;
  before?: unknown;
  after?: unknown;
}

export interface GraphNode {
  kind: Kind;
  name: string;
  site: string;
  depth: number;
  title: string;
}

export interface NodeName {
  kind: Kind;
  name: string;
}

export interface Graph {
  nodes: GraphNode[];
  edges: { from: NodeName; to: NodeName; field: string }[];
  next: string | null;
  partial?: boolean; // a pattern takes more streams than were looked at, or something is damaged
}

export interface Problem {
  file?: string;
  line?: number;
  column?: number;
  path?: string;
  text: string;
  expected?: string;
  found?: string;
}

export interface Outcome {
  kind: Kind;
  name: string;
  change: 'created' | 'updated' | 'unchanged' | 'deleted';
  revision: number;
}

export interface Change extends Outcome {
  leaf: number;
  time?: string;
  author?: string;
}

export interface Approval {
  id: number;
  kind: Kind;
  name: string;
  digest: string;
  purpose: string;
  requested_by: string;
  requested: string;
  state: 'requested' | 'approved' | 'rejected' | 'withdrawn';
  decided_by: string;
  decided: string | null;
  reason: string;
  may_decide: boolean;
  why_not: string;
}

export interface AuditEntry {
  index: number;
  time: string;
  action: string;
  actor: string;
  actor_name?: string; // where the hub can still tell whom the commitment speaks of
  subject: string;
  entry: string;
  leaf_hash?: string;
}

export interface Inclusion {
  index: number;
  size: number;
  leaf_hash: string;
  path: string[];
  root: string;
  checkpoint: string;
}

export interface Enrolment {
  name: string;
  site: string;
  edge: string; // empty: any new one
  uses: number; // so far
  max_uses: number;
  expires: string;
}

const kHub = 'the hub';
const kUploadMs = 120_000;
const kWalkPage = 1000;
let csrf = '';

// Goes with every change; a page of another origin cannot read it.
export function setCsrf(token: string): void {
  csrf = token;
}

interface Sent {
  body?: unknown; // JSON, or text with its `type`
  type?: string;
  match?: string; // If-Match; '*': If-None-Match, nothing may be there
}

async function send(method: string, path: string, sent: Sent = {}): Promise<Response> {
  const headers: Record<string, string> = csrf ? { 'X-Lineside-CSRF': csrf } : {};
  const text = sent.type ? String(sent.body) : JSON.stringify(sent.body);
  if (sent.body !== undefined) headers['Content-Type'] = sent.type ?? 'application/json';
  if (sent.match === '*') headers['If-None-Match'] = '*';
  else if (sent.match) headers['If-Match'] = `"${sent.match}"`;
  const body = sent.body === undefined ? null : text;
  return request(kHub, path, { method, headers, body }, sent.type ? kUploadMs : undefined);
}

const get = async <T>(path: string): Promise<T> => jsonOf<T>(await request(kHub, path), kHub);
const getText = async (path: string): Promise<string> => (await request(kHub, path)).text();
const post = async <T>(path: string, body: unknown = {}, type?: string): Promise<T> =>
  jsonOf<T>(await send('POST', path, { body, type }), kHub);

export type Query = Record<string, string | number | boolean | null | undefined>;

export function queryText(query: Query): string {
  const parts = Object.entries(query)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([key, value]) => `${encodeURIComponent(key)}=${encodeURIComponent(String(value))}`);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

// A Stream's name is two segments, each encoded by itself.
export function objectPath(kind: Kind, name: string): string {
  return `${wordsOf(kind).segment}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

// Sessions

export const getSession = () => get<Session>('session');
export const signIn = (person: string, password: string) =>
  post<Session>('session', { person, password });
export const signOut = () => send('DELETE', 'session');
export const setUp = (body: { token: string; person: string; title: string; password: string }) =>
  post<Session>('setup', body);
export const welcome = (token: string, password: string) =>
  post<Session>('welcome', { token, password });
export const changePassword = (old: string, fresh: string) =>
  send('POST', 'password', { body: { old, new: fresh } });

// Catalog

export const getStatus = () => get<HubStatus>('status');
export const getOpenApi = () => get<Json>('openapi.json');

export const listObjects = (segment: string, query: Query) =>
  get<Page<CatalogObject>>(`${segment}${queryText(query)}`);
export const searchObjects = (text: string, kind: string, limit: number) =>
  get<Page<CatalogObject>>(`search${queryText({ text, kind, limit })}`);
export const getObject = (kind: Kind, name: string, revision?: number) =>
  get<CatalogObject>(`${objectPath(kind, name)}${queryText({ revision })}`);
export const getHistory = (kind: Kind, name: string, query: Query) =>
  get<Page<Revision>>(`${objectPath(kind, name)}/history${queryText(query)}`);
export const getDiff = (kind: Kind, name: string, from: number, to: number) =>
  get<{ items: Difference[] }>(`${objectPath(kind, name)}/diff${queryText({ from, to })}`);
export const getGraph = (kind: Kind, name: string, query: Query) =>
  get<Graph>(`${objectPath(kind, name)}/graph${queryText(query)}`);
// Of a walk that comes in pages as many as hold `most` nodes; `next` tells that there are more.
export async function walkGraph(
  kind: Kind, name: string, query: Query, most: number): Promise<Graph> {
  const walk = await getGraph(kind, name, { ...query, limit: Math.min(most, kWalkPage) });
  while (walk.next && walk.nodes.length < most) {
    const limit = Math.min(most - walk.nodes.length, kWalkPage);
    const more = await getGraph(kind, name, { ...query, limit, cursor: walk.next });
    walk.nodes.push(...more.nodes);
    walk.edges.push(...more.edges);
    walk.partial ||= more.partial;
    walk.next = more.next;
  }
  return walk;
}
export const getChanges = (after: number, limit: number) =>
  get<Page<Change>>(`changes${queryText({ after: after < 0 ? null : after, limit })}`);

// `revision`: the one that was seen; null: nothing may be there yet.
export async function putObject(
  kind: Kind, name: string, spec: Json, revision: number | null, note = '',
): Promise<CatalogObject> {
  const match = revision === null ? '*' : String(revision);
  const path = `${objectPath(kind, name)}${queryText({ note })}`;
  return jsonOf<CatalogObject>(await send('PUT', path, { body: { spec }, match }), kHub);
}
export const deleteObject = (kind: Kind, name: string, revision: number, note = '') =>
  send('DELETE', `${objectPath(kind, name)}${queryText({ note })}`, { match: String(revision) });
// Whether it would be deleted, and what would lose something by it.
export async function tryDelete(
  kind: Kind, name: string, revision: number): Promise<{ warnings: string[] }> {
  const path = `${objectPath(kind, name)}${queryText({ dry_run: true })}`;
  const answer = await send('DELETE', path, { match: String(revision) });
  return jsonOf<{ warnings: string[] }>(answer, kHub);
}
// What a hub warns of where the object gets the spec of this revision again.
export async function tryRestore(kind: Kind, name: string, revision: number): Promise<string[]> {
  const { spec } = await getObject(kind, name, revision);
  const path = `${objectPath(kind, name)}${queryText({ dry_run: true })}`;
  const would = await jsonOf<CatalogObject>(await send('PUT', path, { body: { spec } }), kHub);
  return would.meta.warnings ?? [];
}
export const restoreObject = (kind: Kind, name: string, revision: number, note: string) =>
  post<CatalogObject>(`${objectPath(kind, name)}/restore`, { revision, note });

export type Manifests = { text: string; type: 'application/yaml' | 'application/json' };

export const applyManifests = ({ text, type }: Manifests, query: Query) =>
  post<{ items: Outcome[]; dry_run: boolean; warnings: string[] }>(
    `apply${queryText(query)}`, text, type);
export const diffManifests = ({ text, type }: Manifests) =>
  post<{ items: (Omit<Outcome, 'revision'> & { differences: Difference[] })[] }>(
    'diff', text, type);

// Audit

export const getCheckpoint = () => getText('audit/checkpoint');
export const getAuditKey = async () => (await getText('audit/key')).trim();
export const getEntries = (query: Query) =>
  get<Page<AuditEntry>>(`audit/entries${queryText(query)}`);
export const getEntry = (index: number) => get<AuditEntry>(`audit/entries/${index}`);
export const getInclusion = (index: number) => get<Inclusion>(`audit/proof/${index}`);
export const getConsistency = (from: number, to: number) =>
  get<{ path: string[] }>(`audit/consistency${queryText({ from, to })}`);
export const getArtifactText = (digest: string) => getText(`artifacts/${digest}`);
export const artifactFile = (digest: string) => `/api/v1/artifacts/${digest}`;
export const proofFile = (index: number) => `/api/v1/audit/proof/${index}.tlog-proof`;

// Approvals

export const getApprovals = (state = '', before: string | null = null) =>
  get<Page<Approval>>(`approvals${queryText({ state, before })}`);
// The newest of what was asked for exactly this version.
export const newestOf = (approvals: Approval[], version: CatalogObject): Approval | undefined =>
  approvals.find((each) => each.name === version.name && each.digest === version.spec.digest);
export const getApproval = (id: string) => get<Approval>(`approvals/${encodeURIComponent(id)}`);
export const requestApproval = (version: string, reason: string) =>
  post<Approval>('approvals', { model_version: version, reason });
export const decideApproval = (
  { id, digest }: Approval, decision: 'approved' | 'rejected', reason: string) =>
  post<Approval>(`approvals/${id}/decision`, { decision, digest, reason });

// Edges

export const getEdges = (query: Query) => get<Page<Edge>>(`edges${queryText(query)}`);
export async function getEdge(name: string): Promise<EdgeDetail> {
  const edge = await get<EdgeDetail>(`edges/${encodeURIComponent(name)}`);
  return { ...edge, desired: desiredOf(edge.desired), certificates: edge.certificates ?? [] };
}
// What an edge raised, with the newest of what operators said of it.
export interface RaisedAlert {
  alert: AlertView;
  verdicts: Verdict[];
  verdicts_left_out?: number | null; // older ones; kVerdictsCounted: so many or more
}
export const kVerdictsCounted = 1000;
// Newest first.
export const getEdgeAlerts = (name: string, query: Query) =>
  get<Page<RaisedAlert>>(
    `edges/${encodeURIComponent(name)}/alerts${queryText(query)}`);
export const revokeEdge = (name: string, reason: string) =>
  send('POST', `edges/${encodeURIComponent(name)}/revoke`, { body: { reason } });
export const removeEdge = (name: string) => send('DELETE', `edges/${encodeURIComponent(name)}`);
export const getEnrolments = () => get<{ items: Enrolment[] }>('enrolments');
export const makeEnrolment = (body: Json) =>
  post<{ secret: string; command: string }>('enrolments', body);
export const endEnrolment = (name: string) =>
  send('DELETE', `enrolments/${encodeURIComponent(name)}`);

// People and programs

export const erasePerson = (person: string) =>
  send('POST', `people/${encodeURIComponent(person)}/erasure`);
export const invite = (person: string) =>
  post<{ link: string; expires: string }>(`people/${encodeURIComponent(person)}/invitation`);
export const makeSecret = (token: string) =>
  post<{ secret: string }>(`tokens/${encodeURIComponent(token)}/secret`);
