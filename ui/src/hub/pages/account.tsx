// Oneself: who is signed in, what that allows, another password, the way out.

import { useState } from 'preact/hooks';

import { Icon } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { When } from '../../parts/time';
import { useAction } from '../action';
import { changePassword } from '../api';
import { kPermissions, permissionText } from '../kinds';
import { TextField } from '../parts/form';
import { ObjectLink } from '../parts/marks';
import { ActionFault } from '../parts/trouble';
import { endSession, useHub } from '../store';

function Password() {
  const [old, setOld] = useState('');
  const [fresh, setFresh] = useState('');
  const [done, setDone] = useState(false);
  const action = useAction();
  const send = async (event: Event) => {
    event.preventDefault();
    setDone(false);
    if (!await action.run(async () => void await changePassword(old, fresh))) return;
    setDone(true);
    setOld('');
    setFresh('');
  };
  return (
    <section class="panel" aria-labelledby="password-title">
      <div class="panel-head"><h2 id="password-title">Change password</h2></div>
      <form class="panel-body form" onSubmit={send}>
        <TextField
          label="Password now" type="password" value={old} onValue={setOld} required
          autoComplete="current-password"
        />
        <TextField
          label="New password" type="password" value={fresh} onValue={setFresh} required
          autoComplete="new-password" hint="At least 12 characters. Your other sessions end."
        />
        <ActionFault error={action.error} />
        <div role="status">{done && <Fault tone="info" text="The password is changed." />}</div>
        <button type="submit" class="button" disabled={action.busy || !old || !fresh}>
          Change password
        </button>
      </form>
    </section>
  );
}

function Rights() {
  const session = useHub((s) => s.session);
  const grants = session?.permissions ?? [];
  return (
    <section class="panel" aria-labelledby="rights-title">
      <div class="panel-head">
        <h2 id="rights-title">What you may do</h2>
        <span class="quiet num">{grants.length} of {kPermissions.length}</span>
      </div>
      <ul class="rights">
        {kPermissions.map((permission) => {
          const grant = grants.find((each) => each.permission === permission);
          const text = permissionText(permission);
          return (
            <li key={permission} class={grant ? '' : 'quiet'}>
              <Icon name={grant ? 'check' : 'cross'} size={14} />
              <span>
                <span class="sr-only">{grant ? 'You may ' : 'You may not '}</span>
                {text.charAt(0).toUpperCase() + text.slice(1)}
              </span>
              <span class="rights-where small-text">
                {grant && (grant.sites === null ? 'everywhere'
                  : grant.sites.map((site) => <ObjectLink key={site} kind="Site" name={site} />))}
              </span>
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function AccountPage() {
  const session = useHub((s) => s.session);
  const action = useAction();
  if (!session) return null;
  return (
    <main class="page" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>{session.title || session.person}</h1>
        <span class="quiet">
          signed in as <strong>{session.person}</strong> until <When time={session.expires} short />
        </span>
        <button
          type="button" class="button end-button" disabled={action.busy}
          onClick={() => action.run(endSession)}
        >
          <Icon name="out" /> Sign out
        </button>
      </div>
      <ActionFault error={action.error} />
      <div class="pair">
        <Rights />
        <Password />
      </div>
    </main>
  );
}
