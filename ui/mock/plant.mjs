// A plant that never was: a fleet of engines that wear, and one machine whose temperature strays.
// Every value is a function of (asset, stream, time), so history and live values agree.

const kCycleMs = 60_000; // one flight of an engine
const kStepMs = 5_000; // between two readings of an asset
export const kHistoryMs = 3 * 3_600_000;

// A repeatable number in [-1, 1) for a key.
function noise(...key) {
  let h = 2166136261;
  for (const c of key.join('|')) h = Math.imul(h ^ c.charCodeAt(0), 16777619);
  h ^= h >>> 15;
  h = Math.imul(h, 2246822519);
  h ^= h >>> 13;
  return (h >>> 0) / 2147483648 - 1;
}

// name, unit, value when new, change at the end of life, noise
const kSensors = [
  ['s1', 'degR', 518.67, 0, 0], ['s2', 'degR', 642.2, 1.6, 0.35], ['s3', 'degR', 1585, 18, 4],
  ['s4', 'degR', 1401, 30, 4], ['s6', 'psia', 21.61, 0, 0.001], ['s7', 'psia', 554.2, -2.6, 0.4],
  ['s8', 'rpm', 2388.05, 0.18, 0.03], ['s9', 'rpm', 9052, 24, 6],
  ['s11', 'psia', 47.3, 0.8, 0.1], ['s12', 'pps/psi', 522.1, -2.4, 0.3],
  ['s13', 'rpm', 2388.04, 0.19, 0.03], ['s14', 'rpm', 8132, 20, 5],
  ['s15', '', 8.41, 0.12, 0.015], ['s17', '', 391.5, 4, 0.7], ['s20', 'lbm/s', 38.9, -0.5, 0.08],
  ['s21', 'lbm/s', 23.35, -0.3, 0.05],
];

// s15 and s6 have only their names, as streams without a title.
export const kTitles = {
  s1: 'Fan inlet temperature',
  s2: 'LPC outlet temperature',
  s3: 'HPC outlet temperature',
  s4: 'LPT outlet temperature',
  s7: 'HPC outlet total pressure',
  s8: 'Physical fan speed',
  s9: 'Physical core speed',
  s11: 'HPC outlet static pressure',
  s12: 'Fuel flow to Ps30 ratio',
  s13: 'Corrected fan speed',
  s14: 'Corrected core speed',
  s17: 'Bleed enthalpy',
  s20: 'HPT coolant bleed',
  s21: 'LPT coolant bleed',
};

const kEnginePipeline = {
  name: 'compressor-rul', title: 'Remaining useful life',
  version: 'sha256:9f31c2aa7710b4c25e8f1d0073a9be4411ff20cd9183b6a5e1c7d2f4408a6b3e',
  model: { file: 'models/compressor_rul.onnx', digest: 'sha256:41d0aa72b9ce2f1077e3' },
  outputs: ['rul'],
  decisions: [
    { name: 'maintenance-due', output: 'rul', when: 'below', threshold: 30, clear: 40, k: 3, n: 5,
      severity: 'warning' },
    { name: 'ground-now', output: 'rul', when: 'below', threshold: 12, clear: 18, k: 2, n: 3,
      severity: 'critical' },
  ],
};

const kMachinePipeline = {
  name: 'machine-anomaly', title: 'Temperature anomaly',
  version: 'sha256:0c77de92a1b4455de6a0f1b2c3d4e5f60718293a4b5c6d7e8f9001122334455f',
  model: { file: 'models/machine_pca.onnx', digest: 'sha256:77aa10be55c4de019f82' },
  outputs: ['score'],
  decisions: [
    { name: 'anomalous', output: 'score', when: 'above', threshold: 1, clear: 0.8, k: 9, n: 12,
      severity: 'warning' },
  ],
};

// Without a model: the features are the outputs.
const kFanPipeline = {
  name: 'fan-features', title: 'Fan vibration',
  version: 'sha256:5be1c09d77aa3f6c2d8890b1a7e4455de6a0f1b2c3d4e5f60718293a4b5c6d7e',
  model: null,
  outputs: ['temperature.hour.mean', 'temperature.hour.sd', 'temperature.hour.max',
    'temperature.day.slope', 'temperature.day.count', 'temperature.day-hour.mean'],
  decisions: [
    { name: 'cold', output: 'temperature.hour.mean', when: 'below', threshold: 76, clear: 80, k: 1,
      n: 1, severity: 'info' },
  ],
};

export class Plant {
  constructor(start, engines = 100) {
    this.start = start;
    this.assets = [];
    for (let i = 1; i <= engines; i += 1) {
      const name = `engine-${String(i).padStart(3, '0')}`;
      const left = 3 + 330 * (((i * 37) % 100) / 100) ** 1.25;
      const silent = i % 34 === 7 ? start - 1_500_000 : Infinity;
      const life = left + 150 + ((i * 53) % 180);
      this.assets.push({ name, left, life, silent, unknown: i === 66 });
    }
    this.assets.push({ name: 'press-07', silent: Infinity, machine: true });
    this.assets.push({ name: 'fan-03', silent: Infinity, machine: true, fan: true });
    this.byName = new Map(this.assets.map((asset) => [asset.name, asset]));
  }

  // Of no asset a reading comes after `time`.
  fallSilent(time) {
    for (const asset of this.assets) asset.silent = Math.min(asset.silent, time);
  }

  pipelineOf(asset) {
    return asset.fan ? kFanPipeline : asset.machine ? kMachinePipeline : kEnginePipeline;
  }

  pipelines() {
    return [
      { ...kEnginePipeline, assets: 'engine-*', streams: kSensors.map(([name]) => name) },
      { ...kMachinePipeline, assets: 'press-*', streams: ['temperature'] },
      { ...kFanPipeline, assets: 'fan-*', streams: ['temperature'] },
    ];
  }

  streamsOf(asset) {
    return asset.machine ? [['temperature', 'degC']] : kSensors.map(([name, unit]) => [name, unit]);
  }

  // Time of the newest reading at `now`; assets do not all speak at once.
  newest(asset, now) {
    const phase = Math.round((noise(asset.name) + 1) * 0.5 * kStepMs);
    const t = Math.min(now, asset.silent);
    return t - ((t - phase) % kStepMs);
  }

  remaining(asset, t) {
    const left = asset.left - (t - this.start) / kCycleMs;
    return left > 0 ? left : asset.life + (left % asset.life);
  }

  value(asset, stream, t) {
    if (stream.includes('.')) {
      const place = kFanPipeline.outputs.indexOf(stream.slice(stream.indexOf('.') + 1));
      return this.score(asset, t) * (place > 0 ? 0.1 * place : 1);
    }
    if (asset.machine) return this.temperature(t);
    const [name, , base, drift, spread] = kSensors.find((sensor) => sensor[0] === stream);
    const wear = Math.exp(-this.remaining(asset, t) / 45);
    const own = base * (1 + noise(asset.name, name) * 0.0006);
    return own + drift * wear + spread * 0.6 * noise(asset.name, name, t);
  }

  temperature(t) {
    const hours = (t - this.start) / 3_600_000;
    const fault = Math.max(0, 1 - Math.abs(hours + 1.1) * 5) + Math.max(0, 1 - Math.abs(hours) * 4);
    return 84 + 5 * Math.sin(hours * 2.1) - 24 * fault + 1.2 * noise('t', t);
  }

  score(asset, t) {
    if (asset.fan) return this.temperature(t);
    if (asset.machine) return 0.35 + Math.max(0, (80 - this.temperature(t)) / 12)
      + 0.05 * noise('q', t);
    const rul = Math.min(125, this.remaining(asset, t));
    return Math.max(0, rul + (0.6 + rul * 0.018) * noise(asset.name, 'rul', t));
  }

  series(asset, stream, from, to, points) {
    const end = this.newest(asset, to);
    const first = Math.max(from, this.start - kHistoryMs);
    const raw = [];
    for (let t = end - Math.floor((end - first) / kStepMs) * kStepMs; t <= end; t += kStepMs) {
      raw.push([t, this.value(asset, stream, t)]);
    }
    const reduced = raw.length > points;
    const kept = reduced ? minMax(raw, points) : raw;
    return { reduced, time: kept.map(([t]) => t), value: kept.map(([, v]) => v) };
  }

  prediction(asset, now) {
    if (asset.unknown) return [];
    const pipeline = this.pipelineOf(asset);
    const t = this.newest(asset, now);
    const value = this.score(asset, t);
    const risk = asset.machine ? value / 2 : (125 - value) / 115;
    return pipeline.outputs.map((output, i) => ({
      pipeline: pipeline.name, title: pipeline.title, output,
      unit: asset.fan ? 'degC' : asset.machine ? '' : 'cycles',
      value: i === 0 ? value : this.value(asset, `${pipeline.name}.${output}`, t),
      time: new Date(t).toISOString(),
      risk: asset.fan ? null : Math.min(1, Math.max(0, risk)),
    }));
  }

  why(asset, t) {
    if (asset.fan) return [];
    if (asset.machine) {
      return [
        { feature: 'temperature.w1h.mean', value: 63.2, reference: 84.9, effect: 0.91 },
        { feature: 'temperature.w1h.slope', value: -0.31, reference: 0.002, effect: 0.24 },
        { feature: 'temperature.w1h.sd', value: 6.1, reference: 1.9, effect: 0.11 },
        { feature: 'temperature.w1d.max', value: 91, reference: 93.4, effect: -0.06 },
      ];
    }
    const parts = [['s4', 'w30.mean', -19], ['s11', 'w30-init.mean', -14], ['s9', 'w30.q90', -6.2],
      ['s7', 'w10.slope', 2.8], ['s15', 'w30.ewma20', -1.9]];
    return parts.map(([stream, rest, effect]) => ({
      feature: `${stream}.${rest}`, value: this.value(asset, stream, t),
      reference: kSensors.find((sensor) => sensor[0] === stream)[2],
      effect: effect * (1 + 0.3 * noise(asset.name, stream)),
    }));
  }
}

function minMax(raw, points) {
  const buckets = Math.max(1, Math.floor(points / 2));
  const kept = [];
  for (let b = 0; b < buckets; b += 1) {
    const part = raw.slice(Math.floor((b * raw.length) / buckets),
      Math.floor(((b + 1) * raw.length) / buckets));
    if (part.length === 0) continue;
    const low = part.reduce((a, x) => (x[1] < a[1] ? x : a));
    const high = part.reduce((a, x) => (x[1] > a[1] ? x : a));
    if (low === high) kept.push(low);
    else kept.push(...(low[0] < high[0] ? [low, high] : [high, low]));
  }
  return kept;
}

export const kRejects = [
  ['out_of_range', 318, '{"time":"2026-03-01T10:14:05Z","s2":9999.0}'],
  ['not_json', 41, 's2=642.1;s3=1589.7'],
  ['wrong_type', 17, '{"time":"2026-03-01T10:14:05Z","s4":"warm"}'],
  ['missing_field', 12, '{"s2":642.1,"s3":1589.7}'],
  ['unknown_topic', 9, '<script>alert("plant/office/printer")</script>'],
  ['time_in_future', 6, '{"time":"2031-01-01T00:00:00Z","s2":642.0}'],
  ['conflict', 4, '{"time":"2026-03-01T10:14:05Z","s2":650.2}'],
  ['invalid_utf8', 3, '{"note":"\ufffd\ufffd\u0007\u202e"}'],
  ['too_large', 1, `{"blob":"${'QUJD'.repeat(200)}"}`],
];
