// What lets somebody or something in: a person's invitation, a program's secret. Each is shown once
// and kept by nobody.

import { useState } from 'preact/hooks';

import { parseTime } from '../../format';
import { serverNow } from '../../contact';
import { Icon } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { When } from '../../parts/time';
import { useAction } from '../action';
import { erasePerson, invite, makeSecret } from '../api';
import type { CatalogObject } from '../api';
import { CopyText, Dialog, TextField } from '../parts/form';
import { ActionFault } from '../parts/trouble';
import { hubHref } from '../route';
import { touch, useHub, useMay } from '../store';

export function InvitationLink({ link, expires }: { link: string; expires: string }) {
  return (
    <div class="once">
      <p><Icon name="key" /> Hand this link on. It works once, until <When time={expires} />.</p>
      <CopyText text={link} label="the invitation" />
    </div>
  );
}

export function SecretOnce({ secret }: { secret: string }) {
  return (
    <div class="once">
      <Fault tone="warning" text="This is the only time that the secret is shown. Copy it now." />
      <CopyText text={secret} label="the secret" />
      <p class="note">Programs send it as <code>Authorization: Bearer …</code></p>
    </div>
  );
}

export function InvitationPanel({ person }: { person: CatalogObject }) {
  const mayInvite = useMay('manage_people');
  const [made, setMade] = useState<{ link: string; expires: string } | null>(null);
  const action = useAction();
  if (!mayInvite) return null;
  return (
    <section class="panel" aria-labelledby="invitation-title">
      <div class="panel-head"><h2 id="invitation-title">Sign-in</h2></div>
      <div class="panel-body form">
        {made ? <InvitationLink {...made} /> : (
          <>
            <p class="quiet">
              A link with which {String(person.spec.title || person.name)} chooses a password: for
              the first sign-in, or after a forgotten one.
            </p>
            <ActionFault error={action.error} />
            <button
              type="button" class="button" disabled={action.busy}
              onClick={() => action.run(async () => setMade(await invite(person.name)))}
            >
              <Icon name="key" size={15} /> Make an invitation
            </button>
          </>
        )}
      </div>
    </section>
  );
}

function ErasureDialog({ person, onDone, onClose }: {
  person: string; onDone: () => void; onClose: () => void;
}) {
  const [typed, setTyped] = useState('');
  const action = useAction();
  const erase = async (event: Event) => {
    event.preventDefault();
    if (typed !== person) return;
    if (!await action.run(async () => void await erasePerson(person))) return;
    onDone();
    touch('Person', 'audit');
  };
  return (
    <Dialog title={`Erase ${person} for good?`} onClose={onClose}>
      <form class="form" onSubmit={erase}>
        <p>
          Name and address go from every revision, and nobody can tell any more whom the audit log
          speaks of. There is no way back.
        </p>
        <TextField
          label="Type the name to confirm" value={typed} onValue={setTyped} required hint={person}
        />
        <ActionFault error={action.error} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button
            type="submit" class="button danger" disabled={action.busy || typed !== person}
          >
            Erase for good
          </button>
        </div>
      </form>
    </Dialog>
  );
}

// Of somebody who is there, or was deleted: the name, the address and whom the log speaks of.
export function Erasure({ person, isThere }: { person: string; isThere: boolean }) {
  const mayErase = useMay('erase');
  const [asking, setAsking] = useState(false);
  const [done, setDone] = useState(false);
  if (done) return <Fault tone="info" text="Erased. The audit log still verifies." />;
  if (!mayErase) return null;
  return (
    <>
      <p class="quiet">
        {isThere ? `Deletes ${person} and erases` : `If ${person} was deleted, this erases`} what is
        personal for good, as a law on personal data may demand. What {person} made stays, its
        author then has no name, and the log still verifies.
      </p>
      <button type="button" class="button danger" onClick={() => setAsking(true)}>
        Erase what is personal of {person}
      </button>
      {asking && (
        <ErasureDialog
          person={person} onClose={() => setAsking(false)}
          onDone={() => {
            if (isThere) location.hash = hubHref('registry', ['people']);
            else setDone(true);
          }}
        />
      )}
    </>
  );
}

export function ErasurePanel({ person, isThere }: { person: string; isThere: boolean }) {
  const mayErase = useMay('erase');
  const self = useHub((s) => s.session?.person);
  if (!mayErase || person === self) return null;
  return (
    <section class="panel" aria-labelledby="erasure-title">
      <div class="panel-head"><h2 id="erasure-title">Personal data</h2></div>
      <div class="panel-body form"><Erasure person={person} isThere={isThere} /></div>
    </section>
  );
}

export function SecretPanel({ token }: { token: CatalogObject }) {
  const mayMake = useMay('manage_tokens');
  const [secret, setSecret] = useState('');
  const action = useAction();
  const isOver = parseTime(String(token.spec.expires ?? '')) < serverNow();
  if (!mayMake) return null;
  return (
    <section class="panel" aria-labelledby="secret-title">
      <div class="panel-head"><h2 id="secret-title">Secret</h2></div>
      <div class="panel-body form">
        {isOver && (
          <Fault tone="warning" text="This token has expired: no secret of it is taken." />
        )}
        {secret ? <SecretOnce secret={secret} /> : (
          <>
            <p class="quiet">A new secret ends the one before. Deleting the token revokes it.</p>
            <ActionFault error={action.error} />
            <button
              type="button" class="button" disabled={action.busy || isOver}
              onClick={() => action.run(async () =>
                setSecret((await makeSecret(token.name)).secret))}
            >
              <Icon name="key" size={15} /> Make a new secret
            </button>
          </>
        )}
      </div>
    </section>
  );
}
