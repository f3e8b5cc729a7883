// The field tables of the catalog's kinds, as src/domain has them, and the schemas that the hub's
// OpenAPI document makes of them.

const field = (name, doc, more = {}) => ({ name, doc, ...more });
const refers = (kind, more = {}) => ({ refers: kind, ...more });
const kFilter = { filter: true };
const kClaim = { choices: ['unclaimed', 'active', 'retired'], filter: true };
const kDuration = { type: 'duration' };

const kModel = [
  field('file', 'ONNX file beside the manifest'),
  field('digest', 'sha256:<hex> the file must have'),
  field('version', 'catalog: model version, in place of file', refers('ModelVersion')),
];
const kDecision = [
  field('name', 'name of the decision', { required: true }),
  field('output', 'model output; absent: the first'),
  field('when', 'above or below', { choices: ['above', 'below'], required: true }),
  field('threshold', 'score that counts towards an alert', { type: 'number', required: true }),
  field('clear', 'score that counts towards its end', { type: 'number' }),
  field('k', 'so many of the last n scores', { type: 'number' }),
  field('n', 'how many scores are looked at', { type: 'number' }),
  field('severity', 'info, warning or critical', { choices: ['info', 'warning', 'critical'] }),
  field('message', 'text for the operator'),
];
const kWindow = [
  field('name', 'name used by features', { required: true }),
  field('count', 'the last so many frames', { type: 'number' }),
  field('duration', 'frames of the last so much time', kDuration),
  field('first', 'the asset\'s first so many frames', { type: 'number' }),
  field('all', 'all frames since the first', { type: 'boolean' }),
];
const kFeature = [
  field('window', 'window name', { required: true }),
  field('kinds', 'statistics: mean, sd, q90, ewma20, lag3, ...', { list: true, required: true }),
  field('streams', 'streams; absent: all of the pipeline', { list: true }),
];
const kRule = [
  field('stream', 'glob over stream names', { required: true }),
  field('unit', 'unit the mapping must declare'),
  field('min', 'smallest good value', { type: 'number' }),
  field('max', 'largest good value', { type: 'number' }),
  field('interval', 'expected interval', kDuration),
  field('stale_after', 'silence that marks it stale', kDuration),
];
const kPermissions = [
  'read', 'read_people', 'read_audit', 'give_verdicts', 'write_assets', 'write_pipelines',
  'write_models', 'approve_models', 'manage_edges', 'manage_people', 'manage_tokens', 'erase',
  'manage_hub',
];

export const kTables = {
  Site: [
    field('title', 'what people call it'),
    field('level', 'ISA-95 level', { choices: ['enterprise', 'site', 'area', 'line'], ...kFilter }),
    field('parent', 'site it is part of', refers('Site')),
    field('zone', 'time zone: UTC, +hh:mm or an IANA name; absent: the parent\'s'),
    field('residency', 'region its data must stay in, such as eu', kFilter),
  ],
  Asset: [
    field('title', 'what people call it'),
    field('site', 'site it stands in', refers('Site', { required: true })),
    field('parent', 'asset it is part of', refers('Asset')),
    field('type', 'sort of machine, such as pump', kFilter),
    field('manufacturer', 'who made it', kFilter),
    field('model', 'the maker\'s name for it', kFilter),
    field('serial', 'serial number', kFilter),
    field('criticality', 'what a failure means',
      { choices: ['low', 'medium', 'high'], ...kFilter }),
  ],
  Device: [
    field('title', 'what people call it'),
    field('site', 'site it stands in', refers('Site', { required: true })),
    field('asset', 'machine it belongs to', refers('Asset')),
    field('type', 'make and model', refers('DeviceType')),
    field('owner', 'person or team that answers for it', kFilter),
    field('firmware', 'installed firmware', kFilter),
    field('serial', 'serial number', kFilter),
    field('status', 'unclaimed until somebody owns it', kClaim),
    field('edge', 'whether it is an edge that enrols with the hub',
      { type: 'boolean', ...kFilter }),
    field('connection', 'connection its readings come by', refers('Connection')),
  ],
  DeviceType: [
    field('title', 'what people call it'),
    field('manufacturer', 'who makes it', kFilter),
    field('model', 'the maker\'s name for it', kFilter),
    field('protocol', 'what it speaks', kFilter),
    field('firmware_latest', 'newest firmware of the maker'),
    field('support_until', 'last day of support, yyyy-mm-dd'),
  ],
  Stream: [
    field('asset', 'machine it is of', refers('Asset', { required: true })),
    field('device', 'device that measures it', refers('Device')),
    field('connection', 'connection it comes by', refers('Connection')),
    field('contract', 'contract that holds for it', refers('Contract')),
    field('unit', 'unit of the stored value', kFilter),
    field('type', 'number, integer or boolean', { choices: ['number', 'integer', 'boolean'] }),
    field('description', 'what it measures'),
    field('owner', 'person or team that answers for it', kFilter),
    field('status', 'unclaimed until somebody owns it', kClaim),
  ],
  Connection: [
    field('protocol', 'how it speaks', { choices: ['mqtt'], required: true }),
    field('address', 'host and port', { required: true }),
    field('qos', '1: acknowledged after the commit', { type: 'number' }),
    field('mappings', 'what becomes which stream', { list: true, required: true, fields: [
      field('topic', 'MQTT topic filter; {asset} is one level', { required: true }),
      field('sequence', 'JSON path of the sequence number'),
    ] }),
    field('site', 'catalog: site it is meant for', refers('Site')),
    field('edge', 'catalog: the one edge that runs it', refers('Device')),
  ],
  Contract: [
    field('assets', 'glob over asset names'),
    field('owner', 'who answers for this data', { required: true, ...kFilter }),
    field('classification', 'how widely it may be seen',
      { choices: ['internal', 'public', 'confidential', 'restricted'], ...kFilter }),
    field('retention', 'how long it is to be kept', kDuration),
    field('residency', 'where it must stay'),
    field('streams', 'rules per stream; first match holds',
      { list: true, required: true, fields: kRule }),
    field('site', 'catalog: site it is meant for', refers('Site')),
  ],
  Pipeline: [
    field('title', 'what people call it'),
    field('assets', 'glob over asset names'),
    field('streams', 'columns of a frame', { list: true, required: true }),
    field('windows', 'extents that features look at',
      { list: true, required: true, fields: kWindow }),
    field('every', 'when a row is emitted', { required: true, fields: [
      field('count', 'a row every so many frames', { type: 'number' }),
      field('duration', 'a row at each multiple of this', kDuration),
    ] }),
    field('features', 'columns of a row, in order',
      { list: true, required: true, fields: kFeature }),
    field('model', 'the model; absent: rows are the outputs', { fields: kModel }),
    field('decisions', 'rules that open and close alerts', { list: true, fields: kDecision }),
    field('site', 'catalog: site it is meant for', refers('Site')),
    field('edge', 'catalog: the one edge that runs it', refers('Device')),
  ],
  Dataset: [
    field('title', 'what people call it'),
    field('site', 'site it is of', refers('Site')),
    field('streams', 'streams recorded in it', refers('Stream', { list: true })),
    field('from', 'first source time', { type: 'time' }),
    field('to', 'last source time', { type: 'time' }),
    field('digest', 'sha256:<64 hex> of its bytes', kFilter),
    field('rows', 'number of rows', { type: 'number' }),
    field('location', 'where the bytes are'),
  ],
  Model: [
    field('title', 'what people call it'),
    field('task', 'what it predicts', kFilter),
    field('owner', 'person or team that answers for it', { required: true, ...kFilter }),
    field('site', 'site it is for', refers('Site')),
    field('description', 'what it is for, and what not'),
  ],
  ModelVersion: [
    field('model', 'model it is a version of', refers('Model', { required: true })),
    field('digest', 'sha256:<64 hex> of the model file', { required: true, ...kFilter }),
    field('signer', 'name of the key that signed it', kFilter),
    field('envelope', 'sha256:<64 hex> of the signature\'s envelope'),
    field('author', 'who made it', refers('Person', { required: true })),
    field('report', 'sha256:<64 hex> of the evaluation report'),
    field('inputs', 'names of its inputs, in order', { list: true }),
    field('outputs', 'names of its outputs, in order', { list: true }),
    field('trained_on', 'datasets it was trained on', refers('Dataset', { list: true })),
    field('revision', 'revision of the training code'),
    field('seed', 'of all randomness in the training', { type: 'number' }),
  ],
  Person: [
    field('title', 'full name'),
    field('email', 'e-mail address'),
    field('active', 'whether the person may sign in', { type: 'boolean', ...kFilter }),
    field('roles', 'what the person is, and where', { list: true, fields: [
      field('role', 'what the person is', refers('Role', { required: true })),
      field('site', 'where, with all below it; absent: everywhere', refers('Site')),
    ] }),
    field('skills', 'what the person is trained for', { list: true, ...kFilter }),
  ],
  Role: [
    field('title', 'what people call it'),
    field('permissions', 'what it allows', { list: true, required: true, choices: kPermissions }),
  ],
  Token: [
    field('title', 'what it is for'),
    field('person', 'acts with this person\'s roles', refers('Person')),
    field('role', 'acts with this role', refers('Role')),
    field('site', 'only there and below', refers('Site')),
    field('expires', 'time from which it is refused', { type: 'time', required: true }),
  ],
};

export const kSegments = {
  sites: 'Site', assets: 'Asset', devices: 'Device', 'device-types': 'DeviceType',
  streams: 'Stream', connections: 'Connection', contracts: 'Contract', pipelines: 'Pipeline',
  datasets: 'Dataset', models: 'Model', 'model-versions': 'ModelVersion', people: 'Person',
  roles: 'Role', tokens: 'Token',
};

export const kWriteRight = {
  Connection: 'write_pipelines', Contract: 'write_pipelines', Pipeline: 'write_pipelines',
  Dataset: 'write_models', Model: 'write_models', ModelVersion: 'write_models',
  Person: 'manage_people', Role: 'manage_people', Token: 'manage_tokens',
};
export const kReadRight = { Person: 'read_people', Token: 'manage_tokens' };

export const kRoles = {
  viewer: ['sees everything but people', ['read']],
  operator: ['answers alerts', ['read', 'give_verdicts']],
  'ot-engineer': ['answers for machines, connections and what runs on them',
    ['read', 'give_verdicts', 'write_assets', 'write_pipelines', 'approve_models', 'manage_edges']],
  'data-scientist': ['makes models', ['read', 'write_models']],
  security: ['answers for people, tokens and certificates', ['read', 'read_people', 'read_audit',
    'manage_edges', 'manage_people', 'manage_tokens', 'erase']],
  auditor: ['reads everything, changes nothing', ['read', 'read_people', 'read_audit']],
  admin: ['may do everything', kPermissions],
};

function schemaOf(row) {
  const schema = row.fields ? objectOf(row.fields)
    : row.choices ? { type: 'string', enum: row.choices }
      : row.type === 'time' ? { type: 'string', format: 'date-time' }
        : row.type === 'duration' ? { type: 'string', pattern: '^[0-9]+(ns|us|ms|s|m|h|d)$' }
          : { type: row.type ?? 'string' };
  const outer = row.list ? { type: 'array', items: schema } : schema;
  return {
    ...outer, description: row.doc,
    ...(row.refers ? { 'x-refers': row.refers } : {}),
    ...(row.filter || row.refers ? { 'x-filter': true } : {}),
  };
}

function objectOf(rows) {
  return {
    type: 'object', additionalProperties: false,
    required: rows.filter((row) => row.required).map((row) => row.name),
    properties: Object.fromEntries(rows.map((row) => [row.name, schemaOf(row)])),
  };
}

export function openApi() {
  const manifest = (kind) => ({
    type: 'object', required: ['apiVersion', 'kind', 'name', 'spec'], properties: {
      apiVersion: { const: 'lineside/v1' }, kind: { const: kind }, name: { type: 'string' },
      spec: objectOf(kTables[kind]), meta: { type: 'object' },
    },
  });
  const schemas = Object.fromEntries(Object.keys(kTables).map((kind) => [kind, manifest(kind)]));
  return {
    openapi: '3.1.0', info: { title: 'Lineside hub', version: '0.1.0' }, paths: {},
    components: { schemas },
  };
}
