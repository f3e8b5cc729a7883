// A model with its versions, and a version with what it came from, who approved it, where it runs.

import { useState } from 'preact/hooks';

import { count, shortDigest, some } from '../../format';
import { Icon } from '../../parts/icons';
import { Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { useAction } from '../action';
import {
  getApprovals, getEdges, getGraph, listObjects, newestOf, requestApproval,
} from '../api';
import type { Approval, CatalogObject, Edge } from '../api';
import { GraphPicture, useNarrow } from '../parts/graph';
import { GraphList } from '../parts/graph_list';
import { AreaField, Dialog } from '../parts/form';
import { ApprovalLink, ApprovalState, Digest, EdgeState, ObjectLink } from '../parts/marks';
import { ReportPanel } from '../parts/report';
import { ActionFault } from '../parts/trouble';
import { hubHref, objectHref } from '../route';
import { touch, useMay, useVersion } from '../store';

const kVersions = 100;

function VersionRow({ version, approval, pipelines }: {
  version: CatalogObject; approval?: Approval; pipelines: string[];
}) {
  return (
    <tr>
      <th scope="row">
        <a class="row-name" href={objectHref('ModelVersion', version.name)}>{version.name}</a>
      </th>
      <td data-label="Digest">
        <code title={String(version.spec.digest)}>{shortDigest(String(version.spec.digest))}</code>
      </td>
      <td data-label="Author">
        <ObjectLink kind="Person" name={String(version.spec.author)} plain />
      </td>
      <td data-label="Approval">
        <ApprovalLink approval={approval} />
      </td>
      <td data-label="Named by" class={pipelines.length === 0 ? 'cell-none' : undefined}>
        {pipelines.map((name) => <ObjectLink key={name} kind="Pipeline" name={name} />)}
      </td>
      <td class="cell-changed quiet"><Ago time={version.meta.time} /></td>
    </tr>
  );
}

export function ModelPanels({ model }: { model: CatalogObject }) {
  const version = useVersion('ModelVersion', 'Pipeline', 'approvals');
  const { data, error, loading, reload } = useResource(
    `versions of ${model.name}`, version, async () => {
      const [versions, approvals, graph] = await Promise.all([
        listObjects('model-versions', { model: model.name, limit: kVersions }), getApprovals(),
        getGraph('Model', model.name, { direction: 'up', depth: 2, limit: 5 * kVersions }),
      ]);
      const pipelinesOf = (name: string) => graph.edges.filter(({ from, to }) =>
        from.kind === 'Pipeline' && to.name === name).map(({ from }) => from.name);
      return { versions: versions.items, approvals: approvals.items, pipelinesOf };
    });
  const newestFirst = data?.versions.toSorted((a, b) => b.meta.time.localeCompare(a.meta.time)
    || b.name.localeCompare(a.name, 'en', { numeric: true }));
  return (
    <section class="panel" aria-labelledby="versions-title">
      <div class="panel-head">
        <h2 id="versions-title">Versions</h2>
        <span class="quiet num">{data?.versions.length}</span>
      </div>
      {error && <Fault text={`Versions could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={4} />}
      {newestFirst?.length === 0 && (
        <p class="rail-empty quiet">
          No version yet: upload its files, then apply a manifest of kind ModelVersion.
        </p>
      )}
      {newestFirst && newestFirst.length > 0 && (
        <div class="table-box" tabIndex={0} role="group" aria-labelledby="versions-title">
          <table class="table registry-table">
            <thead>
              <tr>
                <th scope="col">Version</th>
                <th scope="col">Digest</th>
                <th scope="col">Author</th>
                <th scope="col">Approval</th>
                <th scope="col">Named by</th>
                <th scope="col" class="cell-changed">Made</th>
              </tr>
            </thead>
            <tbody>
              {newestFirst.map((each) => (
                <VersionRow
                  key={each.name} version={each} approval={newestOf(data!.approvals, each)}
                  pipelines={data!.pipelinesOf(each.name)}
                />
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

function RequestDialog({ version, onClose }: { version: CatalogObject; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const action = useAction();
  const send = async (event: Event) => {
    event.preventDefault();
    const done = await action.run(async () => {
      await requestApproval(version.name, reason.trim());
    });
    if (!done) return;
    touch('approvals');
    onClose();
  };
  return (
    <Dialog title={`Ask for the approval of ${version.name}`} onClose={onClose}>
      <form class="form" onSubmit={send}>
        <p>
          Somebody who may approve models, who is neither its author nor you, decides on exactly
          this digest. After that a pipeline may name it.
        </p>
        <Digest text={String(version.spec.digest)} />
        <AreaField
          label="What for" value={reason} onValue={setReason} required
          placeholder="what it is better at, on which data"
        />
        <ActionFault error={action.error} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={action.busy || !reason.trim()}>
            Ask
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Service({ version }: { version: CatalogObject }) {
  const changed = useVersion('approvals');
  const mayAsk = useMay('write_models');
  const [asking, setAsking] = useState(false);
  const { data, error, reload } = useResource(
    `approvals of ${version.name}`, changed, async () => (await getApprovals()).items);
  const own = data?.filter((each) => each.name === version.name) ?? [];
  const newest = data && newestOf(data, version);
  const isOpen = newest?.state === 'requested' || newest?.state === 'approved';
  return (
    <section class="panel" aria-labelledby="service-title">
      <div class="panel-head">
        <h2 id="service-title">Approval</h2>
        {newest && <ApprovalState state={newest.state} />}
      </div>
      {error && <Fault text={`Approvals could not be loaded: ${error}.`} onAction={reload} />}
      {data && own.length === 0 && (
        <p class="rail-empty quiet">Not approved: no pipeline may name it.</p>
      )}
      <ul class="alert-list">
        {own.map((each) => (
          <li key={each.id}>
            <a class="waiting-item" href={hubHref('approvals', [String(each.id)])}>
              <span class="waiting-head">
                <ApprovalState state={each.state} />
                <span class="quiet small-text"><Ago time={each.decided ?? each.requested} /></span>
              </span>
              <span class="quiet small-text">
                asked by {each.requested_by}
                {each.decided_by && <> · {each.state} by {each.decided_by}</>}
              </span>
            </a>
          </li>
        ))}
      </ul>
      {data && !isOpen && mayAsk && (
        <div class="panel-foot">
          <button type="button" class="button primary" onClick={() => setAsking(true)}>
            <Icon name="stamp" size={15} /> Ask for approval
          </button>
        </div>
      )}
      {asking && <RequestDialog version={version} onClose={() => setAsking(false)} />}
    </section>
  );
}

const kEdgesShown = 12;
const kEdgesCounted = 500;
const kPipelines = 50;

// Which edges say that they run exactly this file. What an edge shall run and does not yet is known
// of one edge at a time only: its own page tells.
async function whereItRuns(version: CatalogObject) {
  const [graph, edges] = await Promise.all([
    getGraph('ModelVersion', version.name, { direction: 'up', depth: 1, limit: kPipelines }),
    getEdges({ digest: String(version.spec.digest), limit: kEdgesCounted }),
  ]);
  const pipelines = graph.nodes.filter((node) => node.kind === 'Pipeline');
  return { pipelines, edges: edges.items, hasMore: Boolean(edges.next) };
}

function RunningEdges({ edges, hasMore, digest }: {
  edges: Edge[]; hasMore: boolean; digest: string;
}) {
  if (edges.length === 0) return <p class="rail-empty quiet">No edge reports that it runs it.</p>;
  return (
    <>
      <ul class="enrolments">
        {edges.slice(0, kEdgesShown).map((edge) => (
          <li key={edge.name} class="enrolment">
            <a href={hubHref('edges', [edge.name])}><strong>{edge.name}</strong></a>
            <span class="quiet small-text">runs it</span>
            <EdgeState state={edge.state} />
          </li>
        ))}
      </ul>
      {edges.length > kEdgesShown && (
        <p class="panel-foot">
          <a href={hubHref('edges', [], { digest })}>
            {hasMore ? 'All' : `All ${count(edges.length)}`} edges that run it
          </a>
        </p>
      )}
    </>
  );
}

function Running({ version }: { version: CatalogObject }) {
  const changed = useVersion('edges', 'Pipeline');
  const { data, error, loading, reload } =
    useResource(`runs ${version.name}`, changed, () => whereItRuns(version));
  return (
    <section class="panel" aria-labelledby="running-title">
      <div class="panel-head">
        <h2 id="running-title">Where it runs</h2>
        <span class="quiet small-text num">
          {data && data.edges.length > 0
            && `${some(data.edges.length, 'edge')}${data.hasMore ? ' or more' : ''}`}
        </span>
      </div>
      {error && <Fault text={`Could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={3} />}
      {data && data.pipelines.length === 0 && (
        <p class="rail-empty quiet">No pipeline names it.</p>
      )}
      {data && data.pipelines.length > 0 && (
        <div class="referrers">
          <h3>Named by</h3>
          <ul>
            {data.pipelines.map(({ name }) => (
              <li key={name}><ObjectLink kind="Pipeline" name={name} /></li>
            ))}
          </ul>
        </div>
      )}
      {data && <RunningEdges {...data} digest={String(version.spec.digest)} />}
    </section>
  );
}

function Lineage({ version }: { version: CatalogObject }) {
  const { kind, name } = version;
  const { data, error, loading, reload } = useResource(
    `lineage ${name}`, version.meta.revision, async () => {
      const [down, up] = await Promise.all([
        getGraph(kind, name, { direction: 'down', depth: 2, limit: 200 }),
        getGraph(kind, name, { direction: 'up', depth: 2, limit: 200 }),
      ]);
      return { down, up };
    });
  const centre = { kind, name, title: '', site: version.meta.site, depth: 0 };
  const isNarrow = useNarrow();
  return (
    <section class="panel" aria-labelledby="lineage-title">
      <div class="panel-head">
        <h2 id="lineage-title">Lineage</h2>
        <a class="small-text" href={objectHref(kind, name, { tab: 'graph' })}>The whole graph</a>
      </div>
      {error && <Fault text={`Could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={1} tall />}
      {data && (isNarrow ? <GraphList {...data} /> : <GraphPicture centre={centre} {...data} />)}
    </section>
  );
}

export function VersionPanels({ version }: { version: CatalogObject }) {
  return (
    <>
      <div class="pair">
        <Service version={version} />
        <Running version={version} />
      </div>
      <ReportPanel
        file={String(version.spec.report ?? '')} digest={String(version.spec.digest ?? '')}
        below="page"
      />
      <Lineage version={version} />
    </>
  );
}
