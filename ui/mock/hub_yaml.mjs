// The part of YAML that manifests are written in (blocks, flows on one line, quoted and plain
// scalars), with the line of everything: for the mock hub alone.

export class YamlError extends Error {
  constructor(line, text) {
    super(text);
    this.line = line;
  }
}

function plain(text) {
  if (text === '' || text === '~' || text === 'null') return null;
  if (text === 'true' || text === 'false') return text === 'true';
  if (/^[-+]?(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?$/.test(text)) return Number(text);
  return text;
}

// A scalar or a flow collection from `text` at `at`: [value, end]. Within a collection a plain
// scalar ends at a comma.
function flow(text, at, line, isInside = false) {
  while (text[at] === ' ') at += 1;
  const c = text[at];
  if (c === '"') {
    const end = /^"(?:[^"\\]|\\.)*"/.exec(text.slice(at));
    if (!end) throw new YamlError(line, 'a quoted text has no end');
    return [JSON.parse(end[0]), at + end[0].length];
  }
  if (c === "'") {
    const end = /^'(?:[^']|'')*'/.exec(text.slice(at));
    if (!end) throw new YamlError(line, 'a quoted text has no end');
    return [end[0].slice(1, -1).replaceAll("''", "'"), at + end[0].length];
  }
  if (c === '[' || c === '{') return collection(text, at, line);
  const [word] = (isInside ? /^[^,\]}]*/ : /^.*/).exec(text.slice(at));
  return [plain(word.trim()), at + word.length];
}

function collection(text, at, line) {
  const isList = text[at] === '[';
  const close = isList ? ']' : '}';
  const value = isList ? [] : {};
  at += 1;
  for (;;) {
    while (text[at] === ' ' || text[at] === ',') at += 1;
    if (at >= text.length) throw new YamlError(line, `expected '${close}'`);
    if (text[at] === close) return [value, at + 1];
    if (isList) {
      const [item, end] = flow(text, at, line, true);
      value.push(item);
      at = end;
    } else {
      const key = /^("(?:[^"\\]|\\.)*"|[^:,}]+):\s*/.exec(text.slice(at));
      if (!key) throw new YamlError(line, 'expected a key');
      const [item, end] = flow(text, at + key[0].length, line, true);
      value[key[1].startsWith('"') ? JSON.parse(key[1]) : key[1].trim()] = item;
      at = end;
    }
  }
}

// Without its comment, which does not begin inside quotes.
const uncomment = (line) =>
  /^(?:"(?:[^"\\]|\\.)*"|'[^']*'|(?!\s#|^#).)*/.exec(line)[0].trimEnd();

// One block of `rows` ([indent, text, line]) from row `at` on.
function block(rows, at, path, lines) {
  const indent = rows[at][0];
  const isList = rows[at][1].startsWith('- ') || rows[at][1] === '-';
  const value = isList ? [] : {};
  while (at < rows.length && rows[at][0] === indent) {
    const [, text, line] = rows[at];
    if (isList !== (text.startsWith('- ') || text === '-')) break;
    let key;
    let rest;
    if (isList) {
      key = value.length;
      rest = text.slice(1).trim();
      const inner = /^("[^"]*"|[\w./@-]+):(\s|$)/.test(rest);
      if (inner) {
        // A map that begins beside the dash.
        rows[at] = [indent + 2, rest, line];
        const [item, end] = block(rows, at, `${path}[${key}]`, lines);
        lines.set(`${path}[${key}]`, line);
        value.push(item);
        at = end;
        continue;
      }
    } else {
      const match = /^("[^"]*"|[^\s:][^:]*):(?:\s+(.*))?$/.exec(text);
      if (!match) throw new YamlError(line, `expected 'key: value'`);
      key = match[1].startsWith('"') ? JSON.parse(match[1]) : match[1];
      rest = match[2] ?? '';
    }
    const here = isList ? `${path}[${key}]` : path ? `${path}.${key}` : String(key);
    lines.set(here, line);
    if (rest !== '') {
      value[key] = flow(rest, 0, line)[0];
      at += 1;
    } else if (rows[at + 1] && (rows[at + 1][0] > indent
      || (rows[at + 1][0] === indent && !isList && rows[at + 1][1].startsWith('- ')))) {
      [value[key], at] = block(rows, at + 1, here, lines);
    } else {
      value[key] = null;
      at += 1;
    }
  }
  return [value, at];
}

// All documents: [{value, lines: Map of path to line}].
export function parseYaml(text) {
  const documents = [];
  let rows = [];
  const finish = () => {
    if (rows.length === 0) return;
    const lines = new Map([['', rows[0][2]]]);
    const [value, end] = block(rows, 0, '', lines);
    if (end < rows.length) throw new YamlError(rows[end][2], 'wrong indentation');
    documents.push({ value, lines });
    rows = [];
  };
  text.split('\n').forEach((raw, i) => {
    const line = uncomment(raw);
    if (line === '---' || line === '...') finish();
    else if (line.trim() !== '') rows.push([line.search(/\S/), line.trim(), i + 1]);
  });
  finish();
  return documents;
}
