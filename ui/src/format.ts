// How numbers, times and names are written for people.

const kGroups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const kMinus = '\u2212';
const kThin = '\u202f';

// A measured value with `digits` significant digits, trailing zeros kept so that columns of live
// numbers do not jump. Very large and very small values are written with a power of ten.
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Number(Math.abs(value).toPrecision(digits));
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2).replace('-', kMinus);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = Math.abs(value).toFixed(Math.min(decimals, 6));
  const [whole = '', fraction] = text.split('.');
  const grouped = whole.length > 4 ? kGroups.format(Number(whole)) : whole;
  return (value < 0 ? kMinus : '') + grouped + (fraction ? `.${fraction}` : '');
}

// A number that somebody chose (a threshold, a setting): as short as it can be.
export function setting(value: number | null | undefined): string {
  const text = number(value, 6);
  return text.includes('.') && !text.includes('e') ? text.replace(/\.?0+$/, '') : text;
}

export function signed(value: number | null | undefined, digits = 3): string {
  const text = number(value, digits);
  return value !== null && value !== undefined && value > 0 ? `+${text}` : text;
}

export const count = (value: number): string => kGroups.format(value);

// A count in at most four characters and a letter: 9,412, 12.4 k, 3.07 M.
export function compact(value: number): string {
  if (value < 10_000) return kGroups.format(value);
  const [scale, letter] = value < 1e6 ? [1e3, 'k'] : value < 1e9 ? [1e6, 'M'] : [1e9, 'G'];
  return `${(value / scale).toPrecision(3)}${kThin}${letter}`;
}

export function bytes(value: number): string {
  const units = ['B', 'KB', 'MB', 'GB', 'TB'];
  let power = 0;
  while (value >= 1000 && power < units.length - 1) {
    value /= 1000;
    power += 1;
  }
  return `${power === 0 ? value : value.toPrecision(3)}${kThin}${units[power]}`;
}

export function percent(share: number | null): string {
  if (share === null || !Number.isFinite(share)) return '–';
  if (share > 0 && share < 0.01) return `<1${kThin}%`;
  return `${Math.round(share * 100)}${kThin}%`;
}

// ms since 1970 of an ISO 8601 time with up to nanoseconds; NaN where there is none.
export function parseTime(iso: string | null | undefined): number {
  return iso ? Date.parse(iso.replace(/(\.\d{3})\d+/, '$1')) : NaN;
}

const kSteps: [number, string][] = [
  [86_400_000, 'd'],
  [3_600_000, 'h'],
  [60_000, 'min'],
  [1000, 's'],
];

// A length of time in its one largest unit, or in two where that says much more (1 h 20 min).
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 1000) return `${Math.max(0, Math.round(ms))}${kThin}ms`;
  const at = kSteps.findIndex(([size]) => ms >= size);
  const [size, unit] = kSteps[at]!;
  const whole = Math.floor(ms / size);
  const next = kSteps[at + 1];
  const rest = next && whole < 10 ? Math.floor((ms % size) / next[0]) : 0;
  const more = next && rest > 0 ? ` ${rest}${kThin}${next[1]}` : '';
  return `${whole}${kThin}${unit}${more}`;
}

export function ago(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  if (ms < 1500) return 'now';
  const step = kSteps.find(([size]) => ms >= size)!;
  return `${Math.floor(ms / step[0])}${kThin}${step[1]} ago`;
}

const two = (n: number) => String(n).padStart(2, '0');
const kMonths = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

interface Parts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
}

export function timeParts(ms: number, utc: boolean): Parts {
  const t = new Date(ms);
  return utc
    ? {
        year: t.getUTCFullYear(), month: t.getUTCMonth(), day: t.getUTCDate(),
        hour: t.getUTCHours(), minute: t.getUTCMinutes(), second: t.getUTCSeconds(),
      }
    : {
        year: t.getFullYear(), month: t.getMonth(), day: t.getDate(),
        hour: t.getHours(), minute: t.getMinutes(), second: t.getSeconds(),
      };
}

export function clock(ms: number, utc: boolean): string {
  if (!Number.isFinite(ms)) return '–';
  const p = timeParts(ms, utc);
  return `${two(p.hour)}:${two(p.minute)}:${two(p.second)}`;
}

export function dayMonth(ms: number, utc: boolean): string {
  const p = timeParts(ms, utc);
  return `${p.day} ${kMonths[p.month]}`;
}

// Date and time: 14 Feb 2014 09:15:00.
export function dateTime(ms: number, utc: boolean): string {
  if (!Number.isFinite(ms)) return '–';
  return `${dayMonth(ms, utc)} ${timeParts(ms, utc).year} ${clock(ms, utc)}`;
}

// The same without what a reader near `reference` knows: the date where it is that day.
export function nearTime(ms: number, reference: number, utc: boolean): string {
  const date = dayMonth(ms, utc);
  const isSameDay = date === dayMonth(reference, utc) && Math.abs(ms - reference) < 86_400_000;
  return isSameDay ? clock(ms, utc) : `${date} ${clock(ms, utc).slice(0, 5)}`;
}

// Both clocks, for tooltips: the switch in the header picks which one the page shows.
export function bothClocks(ms: number): string {
  if (!Number.isFinite(ms)) return 'never';
  return `${dateTime(ms, false)} local · ${dateTime(ms, true)} UTC`;
}

// What an axis writes at `ms` when its marks are `step` apart.
export function axisTime(ms: number, step: number, utc: boolean): string {
  const p = timeParts(ms, utc);
  if (step >= 27 * 86_400_000) return `${kMonths[p.month]} ${p.year}`;
  if (step >= 86_400_000 || (p.hour === 0 && p.minute === 0 && p.second === 0)) {
    return `${p.day} ${kMonths[p.month]}`;
  }
  const minutes = `${two(p.hour)}:${two(p.minute)}`;
  return step >= 60_000 ? minutes : `${minutes}:${two(p.second)}`;
}

const kStatistics: Record<string, string> = {
  mean: 'mean', sd: 'standard deviation', min: 'minimum', max: 'maximum', range: 'range',
  rms: 'root mean square', kurtosis: 'kurtosis', slope: 'slope', delta: 'change',
  last: 'newest value', count: 'count',
};

function statisticText(kind: string): string | null {
  const known = kStatistics[kind];
  if (known) return known;
  const [, name, digits] = /^(q|ewma|lag)(\d+)$/.exec(kind) ?? [];
  if (name === 'q') return digits === '50' ? 'median' : `${Number(digits)} % quantile`;
  if (name === 'ewma') return `smoothed mean (span ${digits})`;
  if (name === 'lag') return `value ${digits} back`;
  return null;
}

function windowText(window: string): string {
  const size = /^[a-z]*?(\d+)(ms|s|sec|m|min|h|d)?$/.exec(window);
  if (size) {
    const unit = size[2] === 'm' ? 'min' : size[2];
    return `last ${size[1]}${unit ? ` ${unit}` : ''}`;
  }
  if (/^(init|initial|first|start)$/.test(window)) return 'first readings';
  return /^(all|ever)$/.test(window) ? 'all readings' : window;
}

// A feature's name (stream.window.statistic, stream.window-minus.statistic) in words:
// "s2.w30.mean" is "s2 · mean of last 30". A name of another form is given back as it is.
export function featureText(name: string): string {
  const parts = name.split('.');
  if (parts.length < 3) return name.replaceAll('_', ' ');
  const kind = statisticText(parts.at(-1)!);
  if (!kind) return name;
  const stream = parts.slice(0, -2).join('.').replaceAll('_', ' ');
  const [window = '', ...minus] = parts.at(-2)!.split('-');
  const against = minus.length > 0 ? `, minus ${windowText(minus.join('-'))}` : '';
  const extent = windowText(window);
  return `${stream} · ${kind} of ${extent}${against}`;
}

// A code of the API (out_of_range) in words (Out of range).
export function words(code: string): string {
  const text = code.replaceAll('_', ' ').replaceAll('-', ' ').trim();
  const spelt = text.replace(/\b(json|mqtt|tls|id)\b/gi, (m) => m.toUpperCase())
    .replace(/\butf ?8\b/gi, 'UTF-8').replace(/\bqos\b/gi, 'QoS').replace(/\bnan\b/gi, 'NaN');
  return spelt.charAt(0).toUpperCase() + spelt.slice(1);
}

// Enough of a digest to tell two apart.
export function shortDigest(digest: string): string {
  const hex = digest.includes(':') ? digest.slice(digest.indexOf(':') + 1) : digest;
  return hex.length > 16 ? hex.slice(0, 12) : hex;
}
