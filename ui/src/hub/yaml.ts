// Writes catalog objects as YAML 1.2, for reading and for editing. What it writes reads back as the
// same JSON.

const kPlain = /^(?:[A-Za-z_/][A-Za-z0-9_ ./@()+-]*|\d+(?:ns|us|ms|s|m|h|d))$/;
const kReserved = /^(?:true|false|null|yes|no|on|off|y|n|~)$/i;

function scalar(value: unknown): string {
  if (typeof value !== 'string') return JSON.stringify(value);
  const isPlain = kPlain.test(value) && !kReserved.test(value) && !value.endsWith(' ');
  return isPlain ? value : JSON.stringify(value);
}

const isScalar = (value: unknown): boolean => typeof value !== 'object' || value === null;
const kShortLine = 72;

// A list of scalars on one line where it fits.
function inline(value: unknown): string | null {
  if (isScalar(value)) return scalar(value);
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    if (!value.every(isScalar)) return null;
    const text = `[${value.map(scalar).join(', ')}]`;
    return text.length <= kShortLine ? text : null;
  }
  return Object.keys(value as object).length === 0 ? '{}' : null;
}

function lines(value: unknown, indent: string): string[] {
  if (Array.isArray(value)) {
    return value.flatMap((item) => {
      const short = inline(item);
      if (short !== null) return [`${indent}- ${short}`];
      const [first = '', ...rest] = lines(item, `${indent}  `);
      return [`${indent}- ${first.slice(indent.length + 2)}`, ...rest];
    });
  }
  return Object.entries(value as object).flatMap(([key, item]) => {
    const short = inline(item);
    return short !== null ? [`${indent}${scalar(key)}: ${short}`]
      : [`${indent}${scalar(key)}:`, ...lines(item, `${indent}  `)];
  });
}

export function toYaml(value: unknown): string {
  const short = inline(value);
  return `${short ?? lines(value, '').join('\n')}\n`;
}

export interface Manifest {
  apiVersion: string;
  kind: string;
  name: string;
  spec: unknown;
}

// Without what the hub adds, so that it can be applied again.
export const manifestOf = ({ apiVersion, kind, name, spec }: Manifest): Manifest =>
  ({ apiVersion, kind, name, spec });
