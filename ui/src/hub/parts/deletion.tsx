// The button that deletes an object, and what stands in its way.

import { useState } from 'preact/hooks';

import { count } from '../../format';
import { Icon } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { useResource } from '../../resource';
import { useAction } from '../action';
import { deleteObject } from '../api';
import type { CatalogObject } from '../api';
import { adviceOf, enrolledAs, isReferred, runnersText } from '../deletion';
import type { Deletion } from '../deletion';
import { sentence } from '../faults';
import { wordsOf } from '../kinds';
import { hubHref } from '../route';
import { kNamed, runnersOf } from '../runners';
import { touch } from '../store';
import { Dialog, TextField } from './form';
import { ObjectLink } from './marks';
import { ActionFault } from './trouble';

// Which edges lose it, where it is for them.
function Runners({ object }: { object: CatalogObject }) {
  const { kind, name, meta } = object;
  const { data, error } = useResource(
    `run ${kind}/${name}`, meta.revision, () => runnersOf(object));
  if (error) return <Fault text={`Which edges are to run it could not be told: ${error}.`} />;
  if (!data) return null;
  const tone = data.names.length > 0 ? 'warning' : 'info';
  return <Fault tone={tone} text={runnersText(data)} />;
}

function DeleteDialog({ object, warnings, onClose }: {
  object: CatalogObject; warnings: string[]; onClose: () => void;
}) {
  const [note, setNote] = useState('');
  const action = useAction();
  const { kind, name, meta } = object;
  const { one, segment } = wordsOf(kind);
  const go = async (event: Event) => {
    event.preventDefault();
    const done = await action.run(async () =>
      void await deleteObject(kind, name, meta.revision, note.trim()));
    if (!done) return;
    touch(kind);
    location.hash = hubHref('registry', [segment]);
  };
  return (
    <Dialog title={`Delete ${one.toLowerCase()} ${name}?`} onClose={onClose}>
      <form class="form" onSubmit={go}>
        <p>
          It leaves the registry. Its history stays and can be restored; the audit log keeps that
          you deleted it.
        </p>
        <Runners object={object} />
        {warnings.map((text) => <Fault key={text} tone="warning" text={sentence(text)} />)}
        <TextField
          label="Why, for the history" value={note} onValue={setNote}
          placeholder="replaced by another, was a trial"
        />
        <ActionFault error={action.error} onReload={onClose} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button danger" disabled={action.busy}>Delete</button>
        </div>
      </form>
    </Dialog>
  );
}

// `about`: id of what says why it must stay.
export function DeleteButton({ object, deletion, about }: {
  object: CatalogObject; deletion: Deletion | null; about: string;
}) {
  const [deleting, setDeleting] = useState(false);
  const isRefused = Boolean(deletion?.refused);
  return (
    <>
      <button
        type="button" class="button icon-button" aria-label="Delete" title="Delete"
        disabled={isRefused} aria-describedby={isRefused ? about : undefined}
        onClick={() => setDeleting(true)}
      >
        <Icon name="trash" size={15} />
      </button>
      {deleting && (
        <DeleteDialog
          object={object} warnings={deletion?.warnings ?? []} onClose={() => setDeleting(false)}
        />
      )}
    </>
  );
}

// Of one kind its name is said once.
function Referrers({ deletion }: { deletion: Deletion }) {
  const { referrers, areMore } = deletion;
  const rest = referrers.length - kNamed;
  if (referrers.length === 0) return <>while something that you may not see refers to it.</>;
  const isOneKind = referrers.every(({ kind }) => kind === referrers[0]!.kind);
  const { one, many } = wordsOf(referrers[0]!.kind);
  return (
    <>
      while {isOneKind && `${(referrers.length === 1 ? one : many).toLowerCase()} `}
      {referrers.slice(0, kNamed).map(({ kind, name }, i) => (
        <span key={`${kind}/${name}`}>
          {i > 0 && (i === referrers.length - 1 ? ' and ' : ', ')}
          {!isOneKind && `${wordsOf(kind).one.toLowerCase()} `}
          <ObjectLink kind={kind} name={name} plain />
        </span>
      ))}
      {rest > 0 && ` and ${areMore ? 'at least ' : ''}${count(rest)} more`}
      {referrers.length === 1 ? ' refers to it.' : ' refer to it.'}
    </>
  );
}

export function WhyItStays({ deletion, id }: { deletion: Deletion | null; id: string }) {
  if (!deletion?.refused) return null;
  const advice = adviceOf(deletion.refused);
  const edge = enrolledAs(deletion.refused);
  return (
    <p class="quiet small-text why-it-stays" id={id}>
      <Icon name="lock" size={13} />
      <span>
        It cannot be {deletion.isFixed ? 'edited or deleted.' : 'deleted '}
        {isReferred(deletion.refused) ? <Referrers deletion={deletion} />
          : !deletion.isFixed && 'now.'}
        {advice && ` ${sentence(advice)}`}
        {edge && <> <a href={hubHref('edges', [edge])}>To the edge</a></>}
      </span>
    </p>
  );
}
