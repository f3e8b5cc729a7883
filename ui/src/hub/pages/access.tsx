// Who may do what: people, roles and tokens.

import { useState } from 'preact/hooks';

import { serverNow } from '../../contact';
import { parseTime, timeLeft } from '../../format';
import { Icon } from '../../parts/icons';
import { Empty, Skeleton } from '../../parts/states';
import { useResource } from '../../resource';
import { deleteObject, listObjects } from '../api';
import type { CatalogObject, Json } from '../api';
import { useAction } from '../action';
import { kPermissions, permissionText, wordsOf } from '../kinds';
import type { Kind } from '../kinds';
import { Dialog } from '../parts/form';
import { Tabs } from '../parts/frame';
import { ObjectLink } from '../parts/marks';
import { ActionFault, Trouble } from '../parts/trouble';
import { hubHref, objectHref } from '../route';
import type { HubRoute } from '../route';
import { touch, useHub, useMay, useVersion } from '../store';
import { NewPerson, NewToken } from './grant';

type Tab = 'people' | 'roles' | 'tokens';
const kLimit = 500;

function useList(kind: Kind) {
  return useResource(`all ${kind}`, useVersion(kind), async () =>
    (await listObjects(wordsOf(kind).segment, { limit: kLimit })).items);
}

interface Grant {
  role: string;
  site?: string;
}

const grantsOf = (person: CatalogObject): Grant[] =>
  (Array.isArray(person.spec.roles) ? person.spec.roles : []) as Grant[];

function PersonRow({ person }: { person: CatalogObject }) {
  const { title, email, active, skills } = person.spec as Record<string, unknown>;
  return (
    <tr>
      <th scope="row">
        <a class="row-name" href={objectHref('Person', person.name)}>
          {String(title || person.name)}
        </a>{' '}
        <span class="quiet small-text">{title ? person.name : ''}</span>{' '}
        {active === false && <span class="chip">May not sign in</span>}
      </th>
      <td data-label="Roles">
        {grantsOf(person).map(({ role, site }) => (
          <span key={`${role} ${site}`} class="chip role-chip">
            {role}{site && <span class="quiet"> in {site}</span>}
          </span>
        ))}
      </td>
      <td data-label="Skills" class="quiet">
        {Array.isArray(skills) ? skills.join(', ') : ''}
      </td>
      <td data-label="E-mail" class="quiet break">{String(email ?? '')}</td>
    </tr>
  );
}

function PeopleTab() {
  const { data, error, status, loading, reload } = useList('Person');
  if (error && !data) {
    return (
      <Trouble
        what="the people" error={error} status={status} onRetry={reload} permission="read_people"
      />
    );
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={8} /></div> : null;
  return (
    <div class="panel">
      <div class="table-box" tabIndex={0} role="group" aria-label="People">
        <table class="table registry-table">
          <thead>
            <tr>
              <th scope="col">Person</th>
              <th scope="col">Roles</th>
              <th scope="col">Skills</th>
              <th scope="col">E-mail</th>
            </tr>
          </thead>
          <tbody>{data.map((each) => <PersonRow key={each.name} person={each} />)}</tbody>
        </table>
      </div>
    </div>
  );
}

function RolesTab() {
  const { data, error, status, loading, reload } = useList('Role');
  if (error && !data) {
    return <Trouble what="the roles" error={error} status={status} onRetry={reload} />;
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={8} /></div> : null;
  const has = (role: CatalogObject, permission: string) =>
    Array.isArray(role.spec.permissions) && role.spec.permissions.includes(permission);
  return (
    <div class="panel">
      <div class="table-box" tabIndex={0} role="group" aria-label="Roles and what they allow">
        <table class="table matrix">
          <thead>
            <tr>
              <th scope="col">May</th>
              {data.map((role) => (
                <th key={role.name} scope="col" title={String(role.spec.title ?? '')}>
                  <ObjectLink kind="Role" name={role.name} plain />
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {kPermissions.map((permission) => (
              <tr key={permission}>
                <th scope="row">{permissionText(permission)}</th>
                {data.map((role) => (
                  <td key={role.name}>
                    {has(role, permission) ? <Icon name="check" size={15} />
                      : <span class="matrix-no" aria-hidden="true">·</span>}
                    <span class="sr-only">{has(role, permission) ? 'yes' : 'no'}</span>
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </div>
  );
}

function RevokeDialog({ token, onClose }: { token: CatalogObject; onClose: () => void }) {
  const action = useAction();
  const go = async () => {
    const done = await action.run(async () => {
      await deleteObject('Token', token.name, token.meta.revision);
    });
    if (!done) return;
    touch('Token');
    onClose();
  };
  return (
    <Dialog title={`Revoke ${token.name}?`} onClose={onClose}>
      <div class="form">
        <p>Programs that use it are refused from now on.</p>
        <ActionFault error={action.error} onReload={onClose} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="button" class="button danger" disabled={action.busy} onClick={go}>
            Revoke
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function TokenRow({ token, onRevoke }: { token: CatalogObject; onRevoke: () => void }) {
  const { person, role, site, expires, title } = token.spec as Json & Record<string, string>;
  const left = parseTime(expires) - serverNow();
  return (
    <tr>
      <th scope="row">
        <a class="row-name" href={objectHref('Token', token.name)}>{token.name}</a>{' '}
        <span class="quiet small-text">{title}</span>
      </th>
      <td data-label="Acts as">
        {person ? <ObjectLink kind="Person" name={person} />
          : role ? <ObjectLink kind="Role" name={role} /> : '–'}
        {site && <span class="quiet small-text"> in {site}</span>}
      </td>
      <td
        data-label={left > 0 ? 'Good for' : undefined} class={left > 0 ? 'num' : 'tone-warning'}
      >
        {left > 0 ? timeLeft(left) : 'expired'}
      </td>
      <td class="cell-changed">
        <button type="button" class="button small" onClick={onRevoke}>
          Revoke<span class="sr-only"> {token.name}</span>
        </button>
      </td>
    </tr>
  );
}

function TokensTab({ onMake }: { onMake: () => void }) {
  const { data, error, status, loading, reload } = useList('Token');
  const [revoking, setRevoking] = useState<CatalogObject | null>(null);
  if (error && !data) {
    return (
      <Trouble
        what="the tokens" error={error} status={status} onRetry={reload}
        permission="manage_tokens"
      />
    );
  }
  if (!data) return loading ? <div class="panel"><Skeleton rows={5} /></div> : null;
  if (data.length === 0) {
    return (
      <div class="panel">
        <Empty icon="key" title="No program has a token">
          <p>A token lets a program act as a person or in a role, somewhere, for a time.</p>
          <button type="button" class="button primary" onClick={onMake}>Make a token</button>
        </Empty>
      </div>
    );
  }
  return (
    <div class="panel">
      <div class="table-box" tabIndex={0} role="group" aria-label="Tokens">
        <table class="table registry-table">
          <thead>
            <tr>
              <th scope="col">Token</th>
              <th scope="col">Acts as</th>
              <th scope="col">Good for</th>
              <th scope="col" class="cell-changed"><span class="sr-only">Revoke</span></th>
            </tr>
          </thead>
          <tbody>
            {data.map((each) => (
              <TokenRow key={each.name} token={each} onRevoke={() => setRevoking(each)} />
            ))}
          </tbody>
        </table>
      </div>
      {revoking && <RevokeDialog token={revoking} onClose={() => setRevoking(null)} />}
    </div>
  );
}

const kTabs: readonly [Tab, string, Kind][] =
  [['people', 'People', 'Person'], ['roles', 'Roles', 'Role'], ['tokens', 'Tokens', 'Token']];

export function AccessPage({ route }: { route: HubRoute }) {
  const counts = useHub((s) => s.status?.counts);
  const mayPeople = useMay('manage_people');
  const mayTokens = useMay('manage_tokens');
  const [making, setMaking] = useState<Tab | null>(null);
  const tab = kTabs.find(([id]) => id === route.path[0])?.[0] ?? 'people';
  const tabs = kTabs.map(([id, text, kind]) =>
    ({ id, text, href: hubHref('access', [id]), count: counts?.[kind] }));
  return (
    <main class="page" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>Access</h1>
        {tab === 'people' && mayPeople && (
          <button
            type="button" class="button primary end-button" onClick={() => setMaking('people')}
          >
            <Icon name="plus" size={14} /> Add a person
          </button>
        )}
        {tab === 'roles' && mayPeople && (
          <a class="button end-button" href={hubHref('apply', [], { kind: 'Role' })}>
            <Icon name="plus" size={14} /> Make a role
          </a>
        )}
        {tab === 'tokens' && mayTokens && (
          <button
            type="button" class="button primary end-button" onClick={() => setMaking('tokens')}
          >
            <Icon name="plus" size={14} /> Make a token
          </button>
        )}
      </div>
      <Tabs label="Access" current={tab} tabs={tabs} />
      {tab === 'people' && <PeopleTab />}
      {tab === 'roles' && <RolesTab />}
      {tab === 'tokens' && <TokensTab onMake={() => setMaking('tokens')} />}
      {making === 'people' && <NewPerson onClose={() => setMaking(null)} />}
      {making === 'tokens' && <NewToken onClose={() => setMaking(null)} />}
    </main>
  );
}
