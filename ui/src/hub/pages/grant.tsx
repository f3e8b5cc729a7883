// Letting somebody or something in: a new person with an invitation, a new token with its secret.

import { useState } from 'preact/hooks';

import { serverNow } from '../../contact';
import { useAction } from '../action';
import { invite, makeSecret, putObject } from '../api';
import type { Json } from '../api';
import { faultsByPath, nameTaken } from '../faults';
import type { Kind } from '../kinds';
import { ChoiceField, Dialog, SelectField, TextField } from '../parts/form';
import { ActionFault } from '../parts/trouble';
import { WhereField } from '../parts/where';
import { touch } from '../store';
import { kEverywhere } from '../where';
import { InvitationLink, SecretOnce } from './credentials';

function Ends({ onClose, busy, disabled, text }: {
  onClose: () => void; busy: boolean; disabled: boolean; text: string;
}) {
  return (
    <div class="form-end">
      <button type="button" class="button" onClick={onClose}>Cancel</button>
      <button type="submit" class="button primary" disabled={busy || disabled}>{text}</button>
    </div>
  );
}

function Done({ onClose }: { onClose: () => void }) {
  return (
    <div class="form-end">
      <button type="button" class="button primary" onClick={onClose}>Done</button>
    </div>
  );
}

// Nothing of that name may be there yet.
async function create(kind: Kind, name: string, spec: Json, note = ''): Promise<void> {
  try {
    await putObject(kind, name, spec, null, note);
  } catch (error) {
    throw nameTaken(error, kind, name);
  }
  touch(kind);
}

// As a role or a token has it: everywhere is what names no site.
const at = (site: string): Json =>
  (site === kEverywhere || site.trim() === '' ? {} : { site: site.trim() });

const kPersonFields = ['name', 'spec.title', 'spec.email', 'spec.roles.role', 'spec.roles.site'];

export function NewPerson({ onClose }: { onClose: () => void }) {
  const [fields, setFields] = useState({ name: '', title: '', email: '', role: '', site: '' });
  const [made, setMade] = useState<{ link: string; expires: string } | null>(null);
  const action = useAction();
  const faults = faultsByPath(action.error);
  const set = (key: keyof typeof fields) => (value: string) =>
    setFields((was) => ({ ...was, [key]: value }));
  const hasRole = fields.role.trim() !== '';
  const add = async (event: Event) => {
    event.preventDefault();
    const { name, title, email, role, site } = fields;
    await action.run(async () => {
      const spec: Json = { title: title.trim(), active: true };
      if (email.trim()) spec.email = email.trim();
      if (role.trim()) spec.roles = [{ role: role.trim(), ...at(site) }];
      await create('Person', name.trim(), spec, 'invited');
      setMade(await invite(name.trim()));
    });
  };
  return (
    <Dialog
      title={made ? `Invite ${fields.title || fields.name}` : 'Add a person'} onClose={onClose}
    >
      {made ? (
        <div class="form">
          <InvitationLink {...made} />
          <Done onClose={onClose} />
        </div>
      ) : (
        <form class="form" onSubmit={add}>
          <TextField
            label="Name to sign in with" value={fields.name} onValue={set('name')} required
            autoFocus autoComplete="off" placeholder="jonas" fault={faults.get('name')}
          />
          <TextField
            label="Full name" value={fields.title} onValue={set('title')} autoComplete="off"
            fault={faults.get('spec.title')}
          />
          <TextField
            label="E-mail" type="email" value={fields.email} onValue={set('email')}
            autoComplete="off" fault={faults.get('spec.email')}
          />
          <ChoiceField
            kind="Role" label="Role" value={fields.role} onValue={set('role')} none="none yet"
            fault={faults.get('spec.roles.role')}
          />
          {hasRole && (
            <WhereField
              permission="manage_people" value={fields.site} onValue={set('site')} required
              fault={faults.get('spec.roles.site')}
            />
          )}
          <ActionFault error={action.error} fields={kPersonFields} />
          <Ends
            onClose={onClose} busy={action.busy} text="Add and invite"
            disabled={!fields.name.trim() || (hasRole && !fields.site.trim())}
          />
        </form>
      )}
    </Dialog>
  );
}

const kTimes = [
  ['30', '30 days'], ['90', '90 days'], ['365', 'one year'], ['1', 'one day'],
] as const;

const kTokenFields = ['name', 'spec.title', 'spec.role', 'spec.person', 'spec.site'];

export function NewToken({ onClose }: { onClose: () => void }) {
  const [fields, setFields] = useState({
    name: '', title: '', as: 'role', holder: '', site: '', days: '90',
  });
  const [secret, setSecret] = useState('');
  const action = useAction();
  const faults = faultsByPath(action.error);
  const set = (key: keyof typeof fields) => (value: string) =>
    setFields((was) => ({ ...was, [key]: value }));
  const setAs = (as: string) => setFields((was) => ({ ...was, as, holder: '' }));
  const make = async (event: Event) => {
    event.preventDefault();
    const { name, title, as, holder, site, days } = fields;
    await action.run(async () => {
      const expires = new Date(serverNow() + Number(days) * 86_400_000).toISOString();
      const spec: Json = { [as]: holder.trim(), expires, ...at(site) };
      if (title.trim()) spec.title = title.trim();
      await create('Token', name.trim(), spec);
      setSecret((await makeSecret(name.trim())).secret);
    });
  };
  return (
    <Dialog title={secret ? `Secret of ${fields.name}` : 'Make a token'} onClose={onClose}>
      {secret ? (
        <div class="form">
          <SecretOnce secret={secret} />
          <Done onClose={onClose} />
        </div>
      ) : (
        <form class="form" onSubmit={make}>
          <TextField
            label="Name" value={fields.name} onValue={set('name')} required autoFocus
            autoComplete="off" placeholder="ci" fault={faults.get('name')}
          />
          <TextField
            label="What it is for" value={fields.title} onValue={set('title')} autoComplete="off"
            fault={faults.get('spec.title')}
          />
          <SelectField
            label="Acts as" value={fields.as} onValue={setAs}
            options={[['role', 'a role'], ['person', 'a person']]}
          />
          <ChoiceField
            kind={fields.as === 'role' ? 'Role' : 'Person'} required none="choose"
            label={fields.as === 'role' ? 'Role' : 'Person'} value={fields.holder}
            onValue={set('holder')} fault={faults.get(`spec.${fields.as}`)}
          />
          <div class="field-pair">
            <WhereField
              permission="manage_tokens" value={fields.site} onValue={set('site')} required
              fault={faults.get('spec.site')}
            />
            <SelectField
              label="Good for" value={fields.days} onValue={set('days')} options={kTimes}
            />
          </div>
          <ActionFault error={action.error} fields={kTokenFields} />
          <Ends
            onClose={onClose} busy={action.busy} text="Make it"
            disabled={!fields.name.trim() || !fields.holder.trim() || !fields.site.trim()}
          />
        </form>
      )}
    </Dialog>
  );
}
