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
import { CopyText } from '../parts/form';
import { ActionFault } from '../parts/trouble';
import { useMay } from '../store';

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

// Of somebody who has been deleted: the name, the address and who the log speaks of.
export function Erasure({ person }: { person: string }) {
  const mayErase = useMay('erase');
  const [done, setDone] = useState(false);
  const action = useAction();
  if (!mayErase) return null;
  if (done) return <Fault tone="info" text="Erased. The audit log still verifies." />;
  return (
    <>
      <p>
        If {person} was deleted, what is personal can be erased for good: the name and address in
        every revision, and whom the audit log speaks of. The log still verifies. There is no way
        back.
      </p>
      <ActionFault error={action.error} />
      <button
        type="button" class="button danger" disabled={action.busy}
        onClick={async () => setDone(await action.run(async () => void await erasePerson(person)))}
      >
        Erase what is personal of {person}
      </button>
    </>
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
