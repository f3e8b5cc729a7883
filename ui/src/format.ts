// How numbers, times and names are written for people.

const kGroups = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const kMinus = '\u2212';
const kThin = '\u202f';

// A decimal number without a sign, its thousands parted.
function grouped(text: string): string {
  const [whole = '', fraction] = text.split('.');
  return kGroups.format(Number(whole)) + (fraction ? `.${fraction}` : '');
}

// A value with exactly `decimals` of them.
export const decimal = (value: number, decimals: number): string =>
  (value < 0 ? kMinus : '') + grouped(Math.abs(value).toFixed(decimals));

// A measured value with `digits` significant digits, trailing zeros kept so that columns of live
// numbers do not jump. Very large and very small values are written with a power of ten.
export function number(value: number | null | undefined, digits = 4): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Number(Math.abs(value).toPrecision(digits));
  if (size >= 1e7 || size < 1e-4) return value.toExponential(2).replace('-', kMinus);
  const decimals = Math.max(0, digits - 1 - Math.floor(Math.log10(size)));
  const text = Math.abs(value).toFixed(Math.min(decimals, 6));
  return (value < 0 ? kMinus : '') + grouped(text);
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

// A count with its thing: 1 entry, 3 entries.
export const some = (value: number, one: string, many = `${one}s`): string =>
  `${kGroups.format(value)} ${value === 1 ? one : many}`;

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

// The same for a time that is left: what was made for 90 days is not told as 89 a moment later.
export const timeLeft = (ms: number): string =>
  duration(ms < 86_400_000 ? ms : Math.ceil(ms / 3_600_000) * 3_600_000);

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

const kDayMs = 86_400_000;
const kMonthMs = 27 * kDayMs; // the shortest step between months, with an hour to spare

// What a time axis writes at its marks, which are `step` apart. The day stands on a second line at
// the first mark and where it changes, with its year where that is not the present one; an axis
// that lies within today does without.
export function axisTimes(marks: number[], step: number, utc: boolean, now: number): string[] {
  const today = `${dayMonth(now, utc)} ${timeParts(now, utc).year}`;
  let [day, year] = ['', timeParts(now, utc).year];
  if (marks.every((ms) => `${dayMonth(ms, utc)} ${timeParts(ms, utc).year}` === today)) {
    day = dayMonth(now, utc);
  }
  return marks.map((ms) => {
    const p = timeParts(ms, utc);
    const date = dayMonth(ms, utc);
    const newYear = p.year === year ? '' : String(p.year);
    const isNewDay = date !== day || newYear !== '';
    [day, year] = [date, p.year];
    if (step >= kMonthMs) return `${kMonths[p.month]} ${p.year}`;
    if (step >= kDayMs) return newYear ? `${date}\n${newYear}` : date;
    const text = step >= 60_000 ? clock(ms, utc).slice(0, 5) : clock(ms, utc);
    return isNewDay ? `${text}\n${date}${newYear && ` ${newYear}`}` : text;
  });
}

function axisNumber(value: number, step: number): string {
  if (Math.abs(value) >= 1e6 || (value !== 0 && Math.abs(value) < 1e-4)) return number(value, 3);
  let decimals = 0;
  // Steps such as 0.025 need a digit more than their size says.
  while (decimals < 6 && Math.abs((step * 10 ** decimals) % 1) > 1e-6
    && Math.abs((step * 10 ** decimals) % 1) < 1 - 1e-6) decimals += 1;
  return decimal(value, decimals);
}

// What an axis of values writes at its marks, which are `step` apart. A mark that would read as the
// one before it has none.
export function axisNumbers(marks: number[], step: number): string[] {
  if (marks.length === 1) return [setting(marks[0])];
  const texts = marks.map((value) => axisNumber(value, step));
  return texts.map((text, i) => (text === texts[i - 1] ? '' : text));
}

const kStatistics: Record<string, string> = {
  mean: 'mean', sd: 'standard deviation', min: 'minimum', max: 'maximum', range: 'range',
  rms: 'root mean square', kurtosis: 'kurtosis', slope: 'slope', delta: 'change',
  last: 'newest value',
};

function statisticText(kind: string): string | null {
  const known = kStatistics[kind];
  if (known) return known;
  const [, name, digits] = /^(q|ewma)(\d+)$/.exec(kind) ?? [];
  if (name === 'q') return digits === '50' ? 'median' : `${Number(digits)} % quantile`;
  return name === 'ewma' ? `smoothed mean (span ${digits})` : null;
}

// What a feature tells of its stream: "slope", "over window life". Nothing: it is not known.
function kindText(kind: string, window: string): [string, string] | null {
  const [, back] = /^lag(\d+)$/.exec(kind) ?? [];
  if (kind === 'count') return ['number of readings', `in window ${window}`];
  if (back) return ['value', `${back} back in window ${window}`];
  const statistic = statisticText(kind);
  return statistic ? [statistic, `over window ${window}`] : null;
}

// A feature's name (stream.window.statistic, stream.window-minus.statistic) in words:
// "s4.life.slope" is "slope of s4 over window life", and where the stream has a title "LPT outlet
// temperature, slope over window life". A name of another form is given back.
export function featureText(name: string, titles: Record<string, string> = {}): string {
  const parts = name.split('.');
  if (parts.length < 3) return name.replaceAll('_', ' ');
  const stream = parts.slice(0, -2).join('.');
  const [window = '', ...rest] = parts.at(-2)!.split('-');
  const minus = rest.length > 0 ? `, minus that of window ${rest.join('-')}` : '';
  const [what, where] = kindText(parts.at(-1)!, window) ?? ['', ''];
  if (!what) return name;
  const title = Object.hasOwn(titles, stream) ? titles[stream] : undefined;
  if (title) return `${title}, ${what} ${where}${minus}`;
  return `${what} of ${stream.replaceAll('_', ' ')} ${where}${minus}`;
}

// A unit as people write it: degC and Cel are °C, {frame} is frame.
export function unitText(unit: string): string {
  return unit.replace(/[{}]/g, '').replace(/\[deg([FR])\]/g, '°$1')
    .replace(/\bdeg([CFR])\b/g, '°$1').replace(/\bCel\b/g, '°C');
}

// A value with its unit, which may be none.
export const withUnit = (text: string, unit: string): string =>
  unit ? `${text} ${unitText(unit)}` : text;

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
