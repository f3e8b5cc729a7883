// The evaluation report of a model version, where somebody decides on it.

import {
  bytes, count, decimal, featureText, number, percent, setting, some, unitText, words,
} from '../../format';
import { Icon } from '../../parts/icons';
import { Fault, Skeleton } from '../../parts/states';
import { useResource } from '../../resource';
import { artifactFile, getArtifactText, getObject } from '../api';
import { useMay } from '../store';
import { fullAt, readReport } from '../report';
import type { Fold, Report } from '../report';
import { toYaml } from '../yaml';
import { Digest } from './marks';

const kMethods: Record<string, string> = {
  trees: 'gradient-boosted trees', pca: 'principal components (T², Q)',
};
const kColumns: Record<string, [string, string]> = {
  rmse: ['RMSE', 'root mean square error against the truth'],
  rmse_capped: ['RMSE, capped', 'against the truth, capped as in training'],
  bias: ['Bias', 'mean of prediction less truth'],
  beyond_share: ['False calls', 'share of normal rows that score above 1'],
  beyond_limits: ['Beyond limits', 'normal rows that score above 1'],
  rows: ['Rows judged', 'moments of the part left out that were judged'],
  assets: ['Assets', 'how many were left out'],
};
// Of the data: one, many, and what it says.
const kCounts: Record<string, [string, string, string]> = {
  assets: ['asset', 'assets', ''],
  readings: ['reading', 'readings', 'kept'],
  duplicates: ['duplicate', 'duplicates', 'left out'],
  conflicts: ['conflict', 'conflicts', '(two values for one moment)'],
  frames: ['moment', 'moments', 'with readings'],
  rows: ['row', 'rows', 'that can be judged (all features are known)'],
  rows_learnt: ['row', 'rows', 'of them learnt from'],
};

function countText(name: string, value: number): string {
  const [one, many, what] = kCounts[name]
    ?? [name.replaceAll('_', ' '), name.replaceAll('_', ' '), ''];
  return `${some(value, one, many)}${what && ` ${what}`}`;
}
const columnText = (name: string): [string, string] => kColumns[name] ?? [words(name), ''];

// Of one column with the same decimals, so that they can be compared by eye: four digits of the
// largest.
function figure(name: string, fold: Fold, folds: Fold[]): string {
  const value = fold.values[name];
  if (value === undefined) return '–';
  if (name.endsWith('_share')) return percent(value);
  const all = folds.map((each) => each.values[name]).filter((each) => each !== undefined);
  if (all.every(Number.isInteger)) return count(value);
  const largest = Math.max(...all.map(Math.abs));
  const decimals = Math.min(6, Math.max(0, 3 - Math.floor(Math.log10(largest))));
  return decimal(value, decimals);
}

// A fold's figure of merit against the worst one, or a share as what it is.
function MeritBar({ value, most }: { value: number | undefined; most: number }) {
  const share = value !== undefined && most > 0 ? Math.abs(value) / most : 0;
  return (
    <span class="merit-bar" aria-hidden="true">
      <span style={{ inlineSize: `${(100 * share).toFixed(1)}%` }} />
    </span>
  );
}

function FoldRow({ fold, report, most }: { fold: Fold; report: Report; most: number }) {
  const isAll = fold.name === 'all';
  return (
    <tr class={isAll ? 'fold-all' : undefined}>
      <th scope="row">{isAll ? 'All' : `Fold ${fold.name}`}</th>
      {report.columns.map((name, i) => (
        <td key={name} class="num end" data-label={columnText(name)[0]}>
          {i === 0 && <MeritBar value={fold.values[name]} most={most} />}
          <span class={i === 0 ? 'merit-figure' : undefined}>
            {figure(name, fold, report.folds)}
          </span>
        </td>
      ))}
    </tr>
  );
}

function Folds({ report }: { report: Report }) {
  if (report.folds.length === 0) return <p class="quiet">It tells no figures.</p>;
  const merit = report.columns[0] ?? '';
  const most = fullAt(merit, report.folds);
  return (
    <div class="table-box" tabIndex={0} role="group" aria-label="Figures of the validation">
      <table class="table folds">
        <thead>
          <tr>
            <th scope="col">Left out</th>
            {report.columns.map((name) => (
              <th key={name} scope="col" class="end" title={columnText(name)[1]}>
                {columnText(name)[0]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {report.folds.map((fold) => (
            <FoldRow key={fold.name} fold={fold} report={report} most={most} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

// Whether the report speaks of the file that is to go into service.
function Match({ report, digest }: { report: Report; digest: string }) {
  if (report.model === '') return <>It does not say which file was judged.</>;
  if (digest.endsWith(`:${report.model}`)) {
    return <><Icon name="check" size={13} /> of exactly this file</>;
  }
  return <span class="tone-critical"><Icon name="critical" size={13} /> of another file</span>;
}

function Origin({ report, digest }: { report: Report; digest: string }) {
  const outputs = report.outputs.map(({ name, unit }) =>
    (unit ? `${name} (${unitText(unit)})` : name)).join(', ');
  const facts: [string, preact.ComponentChildren][] = [
    ['Report', <Match report={report} digest={digest} />],
    ['Method', kMethods[report.method] ?? (words(report.method) || '–')],
    ['Outputs', outputs || '–'],
    ['Seed', <span class="num">{report.seed === null ? '–' : setting(report.seed)}</span>],
    ['Code revision', <code>{report.revision || '–'}</code>],
    ['Library', report.library || '–'],
  ];
  return (
    <dl class="facts-list">
      {facts.map(([name, value]) => (
        <div key={name}><dt>{name}</dt><dd>{value}</dd></div>
      ))}
    </dl>
  );
}

// Of the report and of its parts, below a heading of the page or of what is decided on.
const kHeadings = { page: ['h2', 'h3'], decision: ['h3', 'h4'] } as const;
type Below = keyof typeof kHeadings;

function Recordings({ report, below }: { report: Report; below: Below }) {
  const Part = kHeadings[below][1];
  return (
    <section class="report-part" aria-label="Data">
      <Part>Data</Part>
      <p class="small-text quiet">
        {report.counts.map(([name, value]) => countText(name, value)).join(' · ')}
      </p>
      <ul class="report-files">
        {report.files.map((file) => (
          <li key={file.sha256}>
            <strong class="break">{file.name}</strong>{' '}
            {file.bytes !== null && <span class="quiet num">{bytes(file.bytes)}</span>}{' '}
            {file.sha256 && <Digest text={`sha256:${file.sha256}`} />}
          </li>
        ))}
      </ul>
    </section>
  );
}

function Inputs({ report }: { report: Report }) {
  return (
    <details class="report-part">
      <summary>{count(report.features.length)} features, in order</summary>
      <ol class="report-features">
        {report.features.map(({ name, reference }) => (
          <li key={name}>
            <code class="break">{name}</code>{' '}
            <span class="quiet small-text">
              {featureText(name)}{reference !== null && `; usually ${number(reference)}`}
            </span>
          </li>
        ))}
      </ol>
    </details>
  );
}

function Content({ report, digest, below }: { report: Report; digest: string; below: Below }) {
  const Part = kHeadings[below][1];
  return (
    <>
      <Origin report={report} digest={digest} />
      <section class="report-part" aria-label="Validation">
        <Part>Validation</Part>
        <Folds report={report} />
      </section>
      <Recordings report={report} below={below} />
      <Inputs report={report} />
      {report.parameters && (
        <details class="report-part">
          <summary>Parameters of the training</summary>
          <pre class="report-text">{toYaml(report.parameters)}</pre>
        </details>
      )}
    </>
  );
}

async function load(file: string) {
  const raw = await getArtifactText(file);
  try {
    return { raw, report: readReport(JSON.parse(raw)) };
  } catch {
    return { raw, report: null };
  }
}

const kTextShown = 20_000; // characters of a report that is something else

// `file` is the report's digest, `digest` that of the model it should speak of. `then` is shown
// below once nothing above it moves any more.
export function ReportPanel({ file, digest, below, then }: {
  file: string; digest: string; below: Below; then?: preact.ComponentChildren;
}) {
  const Heading = kHeadings[below][0];
  const mayRead = useMay('read');
  const { data, error, loading, reload } = useResource(`report ${file}`, '', async () =>
    (file === '' ? null : load(file)));
  return (
    <>
      <section class="panel report" aria-labelledby="report-title">
        <div class="panel-head">
          <Heading id="report-title">Evaluation report</Heading>
          {file && mayRead && (
            <a class="small-text" href={artifactFile(file)} download="report.json">Download it</a>
          )}
        </div>
        {file === '' && (
          <p class="rail-empty quiet">
            None came with this version: ask its author what was measured.
          </p>
        )}
        {error && <Fault text={`It could not be loaded: ${error}.`} onAction={reload} />}
        {!data && loading && <Skeleton rows={5} />}
        {data?.report && <Content report={data.report} digest={digest} below={below} />}
        {data && !data.report && (
          <pre class="report-text report-part">{data.raw.slice(0, kTextShown)}</pre>
        )}
      </section>
      {(data || !loading) && then}
    </>
  );
}

// The same where only the version's name is known, of a request for its approval.
export function ReportOf({ version, digest, then }: {
  version: string; digest: string; then: preact.ComponentChildren;
}) {
  const { data, error, loading, reload } = useResource(
    `report of ${version}`, '', () => getObject('ModelVersion', version));
  if (!data && loading) return <div class="panel"><Skeleton rows={5} /></div>;
  if (!data) {
    return (
      <>
        <Fault text={`The version could not be loaded: ${error}.`} onAction={reload} />
        {then}
      </>
    );
  }
  return (
    <>
      {data.spec.digest !== digest && (
        <Fault text="The version has another digest than the request: do not approve it." />
      )}
      <ReportPanel
        file={String(data.spec.report ?? '')} digest={digest} below="decision" then={then}
      />
    </>
  );
}
