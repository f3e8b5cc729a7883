// The revisions of an object: what each changed, and the way back to one.

import { useState } from 'preact/hooks';

import { Icon } from '../../parts/icons';
import { Fault, Skeleton } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useResource } from '../../resource';
import { useAction } from '../action';
import { getDiff, getHistory, restoreObject, tryRestore } from '../api';
import type { CatalogObject, NodeName, Revision } from '../api';
import { wordsOf } from '../kinds';
import { usePages } from '../pages_of';
import { Differences } from '../parts/diff';
import { Dialog, TextField } from '../parts/form';
import { ChangeMark } from '../parts/marks';
import { ActionFault, Damaged, Warnings } from '../parts/trouble';
import { hubHref } from '../route';
import { touch, useMay } from '../store';

const kPageSize = 50;

// What has a history; it may be there no more.
export interface Past extends NodeName {
  revision: number; // the newest
  isGone: boolean;
}

export const pastOf = ({ kind, name, meta }: CatalogObject): Past =>
  ({ kind, name, revision: meta.revision, isGone: false });

function Diff({ past, from, to }: { past: Past; from: number; to: number }) {
  const { kind, name } = past;
  const { data, error, loading, reload } = useResource(
    `diff ${kind}/${name} ${from} ${to}`, 0, () => getDiff(kind, name, from, to));
  if (error) {
    return <Fault text={`The difference could not be loaded: ${error}.`} onAction={reload} />;
  }
  if (!data) return loading ? <Skeleton rows={2} /> : null;
  return <Differences items={data.items} />;
}

// Of the revision; led to where somebody may look at it.
function AuditEntry({ leaf }: { leaf: number }) {
  const text = <><Icon name="log" size={13} /> audit entry {leaf}</>;
  if (!useMay('read_audit')) return <span class="quiet small-text">{text}</span>;
  return <a class="small-text" href={hubHref('audit', [String(leaf)])}>{text}</a>;
}

function RestoreDialog({ past, revision, onClose, onRestored }: {
  past: Past; revision: number; onClose: () => void; onRestored: () => void;
}) {
  const [note, setNote] = useState('');
  const action = useAction();
  const { kind, name, isGone } = past;
  // What refuses the dry run refuses the restoring as well, which tells it.
  const { data: warnings } = useResource(
    `restored ${kind}/${name} ${revision}`, past.revision, () => tryRestore(kind, name, revision));
  const restore = async (event: Event) => {
    event.preventDefault();
    const done = await action.run(async () => {
      await restoreObject(kind, name, revision, note.trim());
    });
    if (!done) return;
    touch(kind, `${kind}/${name}`);
    onRestored();
    onClose();
  };
  return (
    <Dialog title={`Restore revision ${revision}?`} onClose={onClose} wide>
      <form class="form" onSubmit={restore}>
        <p>
          {isGone ? 'It comes back as a new revision on top'
            : 'It becomes a new revision on top'}; nothing of the history is lost.{' '}
          {isGone ? 'It will have:' : 'This changes:'}
        </p>
        <div class="panel">
          <Diff past={past} from={isGone ? 0 : past.revision} to={revision} />
        </div>
        <Warnings texts={warnings ?? []} />
        <TextField label="Why" value={note} onValue={setNote} autoFocus />
        <ActionFault error={action.error} onReload={onClose} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={action.busy}>
            {action.busy ? 'Restoring…' : 'Restore'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function Row({ revision, isShown, onShow }: {
  revision: Revision; isShown: boolean; onShow: () => void;
}) {
  return (
    <li>
      <button
        type="button" class="revision-row" aria-current={isShown ? 'true' : undefined}
        onClick={onShow}
      >
        <span class="revision-number num">{revision.revision}</span>
        <span class="revision-what">
          <ChangeMark change={revision.change} />
          {revision.note && <span class="revision-note-text">“{revision.note}”</span>}
        </span>
        <span class="quiet small-text revision-when">
          {revision.author || 'erased'} · <Ago time={revision.time} />
        </span>
      </button>
    </li>
  );
}

// Of what is gone the revision before the deletion is shown first.
export function History({ past, onRestored }: { past: Past; onRestored: () => void }) {
  const { kind, name, isGone } = past;
  const pages = usePages<Revision>(`history ${kind}/${name}`, String(past.revision), (before) =>
    getHistory(kind, name, { limit: kPageSize, before }));
  const [chosen, setChosen] = useState<number | null>(null);
  const [against, setAgainst] = useState<'before' | 'now'>('before');
  const [restoring, setRestoring] = useState(false);
  const mayWrite = useMay(wordsOf(kind).write);
  const { items, data, error, loading, reload } = pages;
  const shown = items.find((each) => each.revision === chosen)
    ?? (isGone && items[1] ? items[1] : items[0]);
  const isNewest = shown?.revision === past.revision;
  const [from, to] = !shown ? [0, 0] : against === 'now' && !isNewest
    ? [shown.revision, past.revision] : [shown.revision - 1, shown.revision];
  return (
    <div class="split history-split">
      <section class="panel" aria-label="Revisions">
        {error && <Fault text={`The history could not be loaded: ${error}.`} onAction={reload} />}
        {!data && loading && <Skeleton rows={6} />}
        <Damaged rows={pages.damaged} />
        <ol class="revisions">
          {items.map((each) => (
            <Row
              key={each.revision} revision={each} isShown={each === shown}
              onShow={() => setChosen(each.revision)}
            />
          ))}
        </ol>
        {pages.hasMore && (
          <button
            type="button" class="button small more" disabled={pages.busy} onClick={pages.more}
          >
            Load older
          </button>
        )}
      </section>
      {shown && (
        <section class="panel" aria-label={`Revision ${shown.revision}`}>
          <div class="panel-head graph-head">
            <h2>{from === 0 ? 'First revision' : `Revision ${from} → ${to}`}</h2>
            <AuditEntry leaf={shown.leaf} />
            {!isNewest && !isGone && (
              <div class="segments" role="group" aria-label="Compare with">
                {(['before', 'now'] as const).map((each) => (
                  <button
                    key={each} type="button" class="segment" aria-pressed={against === each}
                    onClick={() => setAgainst(each)}
                  >
                    {each === 'before' ? 'What it changed' : 'Against now'}
                  </button>
                ))}
              </div>
            )}
          </div>
          <Diff past={past} from={from} to={to} />
          {mayWrite && !isNewest && shown.change !== 'deleted' && (
            <div class="panel-foot">
              <button type="button" class="button" onClick={() => setRestoring(true)}>
                <Icon name="history" size={15} /> Restore revision {shown.revision}
              </button>
            </div>
          )}
        </section>
      )}
      {restoring && shown && (
        <RestoreDialog
          past={past} revision={shown.revision} onClose={() => setRestoring(false)}
          onRestored={onRestored}
        />
      )}
    </div>
  );
}
