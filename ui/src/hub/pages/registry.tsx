// The registry: objects of one kind with filters and search, or what a search finds in all kinds.

import { useEffect, useRef, useState } from 'preact/hooks';

import { count, shortDigest, words } from '../../format';
import { Icon } from '../../parts/icons';
import { Empty, Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { getApprovals, listObjects, newestOf, searchObjects } from '../api';
import type { Approval, CatalogObject, Json, Page, Query } from '../api';
import { isUnrated, kGroups, kindOfSegment, wordsOf } from '../kinds';
import type { KindWords } from '../kinds';
import { usePages } from '../pages_of';
import { ClaimButton } from '../parts/claim';
import { FilterBar, useFilters } from '../parts/filters';
import { ApprovalLink, Claim, ObjectLink } from '../parts/marks';
import { useRows } from '../parts/spec';
import { Damaged, Trouble } from '../parts/trouble';
import { hubHref, objectHref, replaceQuery } from '../route';
import type { HubRoute } from '../route';
import { useHub, useVersion } from '../store';
import type { FieldRow } from '../tables';

const kPageSize = 100;
const kSearchWaitMs = 250;

function Kinds({ current }: { current: string }) {
  const counts = useHub((s) => s.status?.counts);
  const box = useRef<HTMLElement>(null);
  // On a phone the kinds are one long row: the chosen one must be in sight.
  useEffect(() => {
    const chosen = box.current?.querySelector<HTMLElement>('[aria-current]');
    if (chosen && box.current) box.current.scrollLeft = chosen.offsetLeft - 40;
  }, [current]);
  return (
    <nav class={current ? 'kinds' : 'kinds is-open'} aria-label="Kinds" ref={box}>
      {kGroups.map(([name, kinds]) => (
        <div key={name} class="kind-group">
          <h2>{name}</h2>
          <ul>
            {kinds.map((kind) => {
              const { many, icon, segment } = wordsOf(kind);
              return (
                <li key={kind}>
                  <a
                    href={hubHref('registry', [segment])}
                    aria-current={segment === current ? 'page' : undefined}
                  >
                    <Icon name={icon} size={15} />
                    <span>{many}</span>
                    {counts?.[kind] !== undefined && (
                      <span class="num quiet">{count(counts[kind]!)}</span>
                    )}
                  </a>
                </li>
              );
            })}
          </ul>
        </div>
      ))}
    </nav>
  );
}

function SearchBox({ route, label }: { route: HubRoute; label: string }) {
  const asked = route.query.get('q') ?? '';
  const [text, setText] = useState(asked);
  useEffect(() => setText(asked), [asked]);
  useEffect(() => {
    if (text === asked) return;
    const timer = setTimeout(() => replaceQuery(route, { q: text }), kSearchWaitMs);
    return () => clearTimeout(timer);
  }, [text]);
  return (
    <form
      class="search" role="search"
      onSubmit={(event) => {
        event.preventDefault();
        replaceQuery(route, { q: text });
      }}
    >
      <Icon name="search" />
      <input
        type="search" value={text} placeholder={label} aria-label={label} autoComplete="off"
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </form>
  );
}

function valueAt(spec: Json, path: string): unknown {
  return path.split('.').reduce<unknown>((value, part) =>
    (typeof value === 'object' && value !== null ? (value as Json)[part] : undefined), spec);
}

function cellText(value: unknown): string {
  if (value === undefined || value === null || value === '') return '';
  if (Array.isArray(value)) {
    const texts = value.map(cellText);
    return texts.length > 3 ? `${texts.slice(0, 3).join(', ')} +${texts.length - 3}`
      : texts.join(', ');
  }
  if (typeof value === 'object') return Object.values(value).map(cellText).join(' at ');
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  const text = String(value);
  return text.startsWith('sha256:') ? shortDigest(text) : text;
}

function Cell({ object, column, rows }: {
  object: CatalogObject; column: string; rows: FieldRow[];
}) {
  const value = valueAt(object.spec, column);
  const [first, second] = column.split('.');
  const row = rows.find((each) => each.name === first);
  const refers = second ? row?.fields.find((each) => each.name === second)?.refers : row?.refers;
  const isNone = column === 'criticality' && isUnrated(object);
  const text = isNone ? '–' : cellText(value);
  if (isNone) return <td data-label={words(first!)} class="cell-none quiet">{text}</td>;
  return (
    <td data-label={words(first!)} class={text === '' ? 'cell-none' : undefined}>
      {refers && typeof value === 'string' && value !== ''
        ? <ObjectLink kind={refers} name={value} plain /> : text}
    </td>
  );
}

function Row({ object, kind, rows, approvals }: {
  object: CatalogObject; kind: KindWords; rows: FieldRow[]; approvals: Approval[] | null;
}) {
  const { status, title, description } = object.spec;
  const isUnclaimed = status === 'unclaimed';
  return (
    <tr class={isUnclaimed ? 'is-unclaimed' : undefined}>
      <th scope="row">
        <a class="row-name" href={objectHref(object.kind, object.name)}>{object.name}</a>{' '}
        <Claim status={status} />
      </th>
      <td class="cell-title" data-label="Title">{cellText(title ?? description)}</td>
      {kind.columns.map((column) => (
        <Cell key={column} object={object} column={column} rows={rows} />
      ))}
      {approvals && (
        <td data-label="Approval"><ApprovalLink approval={newestOf(approvals, object)} /></td>
      )}
      <td class="cell-changed quiet">
        {isUnclaimed ? <ClaimButton object={object} small /> : <Ago time={object.meta.time} />}
      </td>
    </tr>
  );
}

// Of model versions it matters most whether they may go into service; null: not known, or of no
// meaning.
function useApprovals(kind: KindWords): Approval[] | null {
  const isAsked = kind.kind === 'ModelVersion';
  const { data } = useResource(
    `approvals of ${kind.kind}`, useVersion('approvals'), async () =>
      (isAsked ? (await getApprovals()).items : null));
  return data ?? null;
}

function Table({ objects, kind }: { objects: CatalogObject[]; kind: KindWords }) {
  const rows = useRows(kind.kind);
  const approvals = useApprovals(kind);
  return (
    <div class="table-box" tabIndex={0} role="group" aria-label={kind.many}>
      <table class="table registry-table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">{kind.kind === 'Stream' ? 'Measures' : 'Title'}</th>
            {kind.columns.map((column) => (
              <th key={column} scope="col">{words(column.split('.')[0]!)}</th>
            ))}
            {approvals && <th scope="col">Approval</th>}
            <th scope="col" class="cell-changed">Changed</th>
          </tr>
        </thead>
        <tbody>
          {objects.map((object) => (
            <Row
              key={object.name} object={object} kind={kind} rows={rows} approvals={approvals}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function countText(shown: number, page: Page<CatalogObject> | null, hasMore: boolean): string {
  const all = page?.count;
  if (!all) return hasMore ? `${count(shown)} shown` : count(shown);
  if (!hasMore && shown >= all.count) return count(shown);
  return `${count(shown)} of ${all.exact ? '' : 'more than '}${count(all.count)}`;
}

function NoneOf({ kind, isFiltered, route }: {
  kind: KindWords; isFiltered: boolean; route: HubRoute;
}) {
  if (isFiltered) {
    return (
      <Empty icon="search" title={`No ${kind.one.toLowerCase()} matches`}>
        <a class="button" href={hubHref('registry', route.path)}>
          Show all {kind.many.toLowerCase()}
        </a>
      </Empty>
    );
  }
  return (
    <Empty icon={kind.icon} title={`No ${kind.many.toLowerCase()} yet`}>
      <p>{kind.doc}.</p>
      <a class="button" href={hubHref('apply', [], { kind: kind.kind })}>
        Apply a manifest
      </a>
    </Empty>
  );
}

function KindView({ kind, route }: { kind: KindWords; route: HubRoute }) {
  const filters = useFilters(route);
  const text = route.query.get('q') ?? '';
  const query: Query = { ...filters.query, limit: kPageSize };
  const key = `${kind.segment} ${text} ${JSON.stringify(filters.query)}`;
  const pages = usePages<CatalogObject>(key, useVersion(kind.kind), async (cursor) => {
    if (text === '') {
      return listObjects(kind.segment, { ...query, cursor, count: cursor === null || undefined });
    }
    const found = await searchObjects(text, kind.kind, kPageSize);
    return { ...found, next: null };
  });
  const { items, data, error, status, loading, reload, hasMore } = pages;
  const isFiltered = text !== '' || filters.applied.length > 0;
  return (
    <section class="registry-main" aria-label={kind.many}>
      <div class="page-head">
        <h1 tabIndex={-1}>{kind.many}</h1>
        <span class="quiet num">{data && countText(items.length, data, hasMore)}</span>
        <SearchBox route={route} label={`Search ${kind.many.toLowerCase()}`} />
      </div>
      <FilterBar kind={kind} route={route} filters={filters} isSearch={text !== ''} />
      {error && !data && (
        <Trouble
          what={kind.many.toLowerCase()} error={error} status={status} onRetry={reload}
          permission={kind.read}
        />
      )}
      {error && data && <Fault text={`Could not be brought up to date: ${error}.`} />}
      <Damaged rows={pages.damaged} />
      {!data && loading && <div class="panel"><Skeleton rows={10} /></div>}
      {data && (
        <div class="panel">
          {items.length === 0
            ? <NoneOf kind={kind} isFiltered={isFiltered} route={route} />
            : <Table objects={items} kind={kind} />}
          {pages.moreError && <Fault text={`Not loaded: ${pages.moreError}.`} />}
          {hasMore && (
            <button
              type="button" class="button small more" disabled={pages.busy} onClick={pages.more}
            >
              {pages.busy ? 'Loading…' : 'Load more'}
            </button>
          )}
        </div>
      )}
    </section>
  );
}

function Found({ text, items }: { text: string; items: CatalogObject[] }) {
  if (items.length === 0) {
    return (
      <div class="panel">
        <Empty icon="search" title={`Nothing is named like “${text}”`}>
          <p>Names and titles are searched, of every kind that you may see.</p>
          {/^[^/]+\/[^/]+\.[^/]+$/.test(text) && (
            <a class="button small" href={objectHref('Stream', text)}>
              What is behind the prediction {text}
            </a>
          )}
        </Empty>
      </div>
    );
  }
  return (
    <ul class="panel found">
      {items.map((object) => (
        <li key={`${object.kind}/${object.name}`}>
          <a href={objectHref(object.kind, object.name)}>
            <Icon name={wordsOf(object.kind).icon} />
            <span class="found-name">{object.name}</span>
            <span class="quiet">{cellText(object.spec.title ?? object.spec.description)}</span>
            <span class="quiet small-text found-kind">{wordsOf(object.kind).one}</span>
          </a>
        </li>
      ))}
    </ul>
  );
}

function Search({ text }: { text: string }) {
  const epoch = useHub((s) => s.epoch);
  const { data, error, status, loading, reload } =
    useResource(`search ${text}`, epoch, () => searchObjects(text, '', 50));
  if (error) return <Trouble what="results" error={error} status={status} onRetry={reload} />;
  if (!data) return loading ? <div class="panel"><Skeleton rows={8} /></div> : null;
  return (
    <div class="stack">
      <Damaged rows={data.damaged} />
      <Found text={text} items={data.items} />
    </div>
  );
}

function Everything({ route }: { route: HubRoute }) {
  const text = route.query.get('q') ?? '';
  return (
    <section class="registry-main" aria-label="Everything">
      <div class="page-head">
        <h1 tabIndex={-1}>Registry</h1>
        <SearchBox route={route} label="Search everything" />
      </div>
      {text !== '' ? <Search text={text} /> : (
        <div class="panel kind-cards">
          {kGroups.flatMap(([, kinds]) => kinds).map((kind) => {
            const { many, icon, segment, doc } = wordsOf(kind);
            return (
              <a key={kind} class="kind-card" href={hubHref('registry', [segment])}>
                <Icon name={icon} size={20} />
                <span><strong>{many}</strong><span class="quiet small-text">{doc}</span></span>
              </a>
            );
          })}
        </div>
      )}
    </section>
  );
}

export function RegistryPage({ route }: { route: HubRoute }) {
  const kind = kindOfSegment(route.path[0] ?? '');
  return (
    <main class="page registry" id="main">
      <Kinds current={kind?.segment ?? ''} />
      {kind ? <KindView kind={kind} route={route} /> : <Everything route={route} />}
    </main>
  );
}
