// Devices and streams that appeared by themselves belong to nobody until somebody claims them.

import { useState } from 'preact/hooks';

import { useAction } from '../action';
import { getObject, putObject } from '../api';
import type { CatalogObject } from '../api';
import { wordsOf } from '../kinds';
import { touch, useHub, useMay } from '../store';
import { Dialog, TextField } from './form';
import { ActionFault } from './trouble';

function ClaimDialog({ object, onClose }: { object: CatalogObject; onClose: () => void }) {
  const session = useHub((s) => s.session);
  const [seen, setSeen] = useState(object);
  const [owner, setOwner] = useState(String(seen.spec.owner ?? session?.person ?? ''));
  const textName = object.kind === 'Stream' ? 'description' : 'title';
  const [text, setText] = useState(String(seen.spec[textName] ?? ''));
  const [unit, setUnit] = useState(String(seen.spec.unit ?? ''));
  const action = useAction();
  const what = wordsOf(object.kind).one.toLowerCase();

  const claim = async (event: Event) => {
    event.preventDefault();
    const spec = { ...seen.spec, owner: owner.trim(), status: 'active' } as typeof seen.spec;
    if (text.trim()) spec[textName] = text.trim();
    if (object.kind === 'Stream' && unit.trim()) spec.unit = unit.trim();
    const done = await action.run(async () => {
      await putObject(object.kind, object.name, spec, seen.meta.revision, 'claimed');
    });
    if (!done) return;
    touch(object.kind, `${object.kind}/${object.name}`);
    onClose();
  };
  const reload = () => void action.run(async () => {
    const newest = await getObject(object.kind, object.name);
    setSeen(newest);
    setOwner(String(newest.spec.owner ?? owner));
  });

  return (
    <Dialog title={`Claim ${what} ${object.name}`} onClose={onClose}>
      <form class="form" onSubmit={claim}>
        <p class="quiet">
          It appeared by itself. Whoever claims it answers for it: for its meaning, its unit and
          what becomes of its data.
        </p>
        <TextField
          label="Owner" value={owner} onValue={setOwner} required autoFocus
          hint="A person or a team."
        />
        <TextField
          label={object.kind === 'Stream' ? 'What it measures' : 'Title'} value={text}
          onValue={setText}
        />
        {object.kind === 'Stream' && (
          <TextField
            label="Unit" value={unit} onValue={setUnit} placeholder="Cel, kPa, rpm"
            hint="A code of UCUM, or a usual spelling of the floor."
          />
        )}
        <ActionFault error={action.error} onReload={reload} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button primary" disabled={action.busy || !owner.trim()}>
            {action.busy ? 'Claiming…' : 'Claim'}
          </button>
        </div>
      </form>
    </Dialog>
  );
}

export function ClaimButton({ object, small }: { object: CatalogObject; small?: boolean }) {
  const [open, setOpen] = useState(false);
  const mayClaim = useMay(wordsOf(object.kind).write);
  if (object.spec.status !== 'unclaimed' || !mayClaim) return null;
  return (
    <>
      <button
        type="button" class={small ? 'button small' : 'button primary'}
        onClick={() => setOpen(true)}
      >
        Claim<span class="sr-only"> {object.name}</span>
      </button>
      {open && <ClaimDialog object={object} onClose={() => setOpen(false)} />}
    </>
  );
}
