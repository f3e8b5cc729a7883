// The kinds of object in the catalog: how they are written, and what takes which permission.

import type { IconName } from '../parts/icons';

export type Kind =
  | 'Site' | 'Asset' | 'Device' | 'DeviceType' | 'Stream' | 'Connection' | 'Contract'
  | 'Pipeline' | 'Dataset' | 'Model' | 'ModelVersion' | 'Person' | 'Role' | 'Token';

export type Permission =
  | 'read' | 'read_people' | 'read_audit' | 'give_verdicts' | 'write_assets'
  | 'write_pipelines' | 'write_models' | 'approve_models' | 'manage_edges' | 'manage_people'
  | 'manage_tokens' | 'erase' | 'manage_hub';

export interface KindWords {
  kind: Kind;
  segment: string; // of paths in the API and in our addresses
  one: string;
  many: string;
  icon: IconName;
  columns: string[]; // fields that a list shows beside name and title
  read: Permission;
  write: Permission;
  doc: string;
}

const row = (
  kind: Kind, segment: string, many: string, icon: IconName, write: Permission,
  columns: string[], doc: string, read: Permission = 'read',
): KindWords => ({
  kind, segment, one: kind.replace(/([a-z])([A-Z])/, (_, a, b) => `${a} ${b.toLowerCase()}`),
  many, icon, columns, read, write, doc,
});

export const kKinds: readonly KindWords[] = [
  row('Site', 'sites', 'Sites', 'site', 'write_assets', ['level', 'parent', 'residency'],
    'A place of the ISA-95 hierarchy: enterprise, site, area or line'),
  row('Asset', 'assets', 'Assets', 'machine', 'write_assets', ['type', 'site', 'criticality'],
    'One machine, or a part of one'),
  row('Device', 'devices', 'Devices', 'chip', 'write_assets', ['site', 'asset', 'owner'],
    'What speaks: a sensor, PLC, gateway, camera or edge'),
  row('DeviceType', 'device-types', 'Device types', 'blueprint', 'write_assets',
    ['manufacturer', 'model', 'protocol'], 'Make and model of devices, with what is supported'),
  row('Stream', 'streams', 'Streams', 'wave', 'write_assets', ['unit', 'device', 'owner'],
    'One named, typed, unit-carrying time series of an asset'),
  row('Connection', 'connections', 'Connections', 'plug', 'write_pipelines',
    ['protocol', 'address', 'site'], 'One configured protocol link that maps points to streams'),
  row('Contract', 'contracts', 'Contracts', 'document', 'write_pipelines',
    ['owner', 'classification', 'site'], 'The data contract of streams: owner, range, rate, unit'),
  row('Pipeline', 'pipelines', 'Pipelines', 'flow', 'write_pipelines',
    ['assets', 'model.version', 'site'], 'Streams to features to a model to decisions and alerts'),
  row('Dataset', 'datasets', 'Datasets', 'table', 'write_models', ['site', 'rows', 'location'],
    'Recorded streams of a stretch of time, addressed by digest'),
  row('Model', 'models', 'Models', 'cube', 'write_models', ['task', 'owner', 'site'],
    'What a line of model versions is for, and who answers for it'),
  row('ModelVersion', 'model-versions', 'Model versions', 'layers', 'write_models',
    ['model', 'author', 'digest'], 'One immutable model file, with signature and lineage'),
  row('Person', 'people', 'People', 'person', 'manage_people', ['email', 'roles', 'active'],
    'Somebody who signs in, with roles and skills', 'read_people'),
  row('Role', 'roles', 'Roles', 'shield', 'manage_people', ['permissions'],
    'A named set of permissions'),
  row('Token', 'tokens', 'Tokens', 'key', 'manage_tokens', ['person', 'role', 'expires'],
    'The right of a program to act as a person or role, for a time', 'manage_tokens'),
];

export const kGroups: readonly [string, Kind[]][] = [
  ['Places', ['Site', 'Asset']],
  ['Data', ['Device', 'DeviceType', 'Stream', 'Connection', 'Contract']],
  ['Models', ['Pipeline', 'Dataset', 'Model', 'ModelVersion']],
  ['Access', ['Person', 'Role', 'Token']],
];

const byKind = new Map<string, KindWords>(kKinds.map((each) => [each.kind, each]));
const bySegment = new Map(kKinds.map((each) => [each.segment, each]));

// A kind that a newer hub knows and this page does not is shown as it calls itself.
export function wordsOf(kind: string): KindWords {
  return byKind.get(kind) ?? {
    kind: kind as Kind, segment: kind.toLowerCase(), one: kind, many: kind, icon: 'unknown',
    columns: [], read: 'read', write: 'manage_hub', doc: '',
  };
}

export const kindOfSegment = (segment: string): KindWords | undefined => bySegment.get(segment);

// An asset that an edge has found, and nobody has touched since: its criticality is the default of
// the field, and no judgement.
export const isUnrated = ({ kind, spec, meta }: {
  kind: string; spec: Record<string, unknown>; meta: { author: string };
}): boolean =>
  kind === 'Asset' && spec.criticality === 'low' && meta.author.startsWith('Edge/');

const kPermissionWords: Record<Permission, string> = {
  read: 'see everything but people and tokens',
  read_people: 'see people, their roles and skills',
  read_audit: 'see the audit log with its proofs',
  give_verdicts: 'answer alerts',
  write_assets: 'change sites, assets, devices and streams',
  write_pipelines: 'change connections, contracts and pipelines',
  write_models: 'change datasets, models and model versions',
  approve_models: 'put a model version into service that somebody else made',
  manage_edges: 'admit edges and revoke their certificates',
  manage_people: 'change people and roles',
  manage_tokens: 'make and revoke tokens',
  erase: 'erase personal data for good',
  manage_hub: 'back up and restore, keys and settings of the hub',
};
export const kPermissions = Object.keys(kPermissionWords) as Permission[];

export const permissionText = (permission: string): string =>
  kPermissionWords[permission as Permission] ?? permission.replaceAll('_', ' ');
