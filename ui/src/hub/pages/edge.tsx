// One enrolled edge.

import { useState } from 'preact/hooks';

import { Fault, Skeleton } from '../../parts/states';
import { When } from '../../parts/time';
import { useAction } from '../action';
import { removeEdge, revokeEdge } from '../api';
import type { EdgeDetail } from '../api';
import { AreaField, Dialog } from '../parts/form';
import { Crumbs } from '../parts/frame';
import { ObjectLink } from '../parts/marks';
import { ActionFault, Trouble } from '../parts/trouble';
import { hubHref, objectHref } from '../route';
import { touch, useMay } from '../store';
import { EdgeAlerts } from './edge_alerts';
import { TwinView, useEdge } from './twin';

function RevokeDialog({ edge, onClose }: { edge: EdgeDetail; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const action = useAction();
  const revoke = async (event: Event) => {
    event.preventDefault();
    const done = await action.run(async () => void await revokeEdge(edge.name, reason.trim()));
    if (!done) return;
    touch('edges', `edge ${edge.name}`);
    onClose();
  };
  return (
    <Dialog title={`Revoke the certificates of ${edge.name}?`} onClose={onClose}>
      <form class="form" onSubmit={revoke}>
        <p>
          The hub hangs up on it at once and takes nothing more from it. What runs there goes on
          running until the edge joins again or is switched off.
        </p>
        <AreaField
          label="Reason" value={reason} onValue={setReason} required rows={2}
          placeholder="stolen, replaced, taken out of service"
        />
        <ActionFault error={action.error} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="submit" class="button danger" disabled={action.busy || !reason.trim()}>
            Revoke
          </button>
        </div>
      </form>
    </Dialog>
  );
}

function RemoveDialog({ edge, onClose }: { edge: EdgeDetail; onClose: () => void }) {
  const action = useAction();
  const go = async () => {
    if (!await action.run(async () => void await removeEdge(edge.name))) return;
    touch('edges');
    location.hash = hubHref('edges');
  };
  return (
    <Dialog title={`Remove ${edge.name}?`} onClose={onClose}>
      <div class="form">
        <p>
          Its certificates are revoked and it leaves the list; the audit log keeps it. What runs
          there goes on running until the edge joins again or is switched off.
        </p>
        <ActionFault error={action.error} />
        <div class="form-end">
          <button type="button" class="button" onClick={onClose}>Cancel</button>
          <button type="button" class="button danger" disabled={action.busy} onClick={go}>
            Remove
          </button>
        </div>
      </div>
    </Dialog>
  );
}

function Actions({ edge }: { edge: EdgeDetail }) {
  const mayManage = useMay('manage_edges');
  const [asked, setAsked] = useState<'revoke' | 'remove' | null>(null);
  if (!mayManage) return null;
  const close = () => setAsked(null);
  return (
    <div class="object-actions">
      <button type="button" class="button" onClick={() => setAsked('revoke')}>Revoke</button>
      <button type="button" class="button" onClick={() => setAsked('remove')}>Remove</button>
      {asked === 'revoke' && <RevokeDialog edge={edge} onClose={close} />}
      {asked === 'remove' && <RemoveDialog edge={edge} onClose={close} />}
    </div>
  );
}

export function EdgePage({ name }: { name: string }) {
  const { data, error, status, loading, reload } = useEdge(name);
  return (
    <main class="page" id="main">
      <Crumbs crumbs={[{ text: 'Edges', href: hubHref('edges') }]} />
      <div class="object-head">
        <div class="object-title">
          <h1 tabIndex={-1}>{name}</h1>
          {data && <Actions edge={data} />}
        </div>
        {data && (
          <p class="quiet small-text object-meta">
            {data.site && <span>in <ObjectLink kind="Site" name={data.site} plain /></span>}
            {data.enrolled && <span>enrolled <When time={data.enrolled} /></span>}
            <span><a href={objectHref('Device', name)}>in the registry</a></span>
          </p>
        )}
      </div>
      {error && !data && (
        <Trouble
          what={`edge ${name}`} error={error} status={status} onRetry={reload}
          missing={<p><a href={hubHref('edges')}>All edges</a></p>}
        />
      )}
      {error && data && <Fault text={`Could not be brought up to date: ${error}.`} />}
      {!data && loading && <div class="panel"><Skeleton rows={8} /></div>}
      {data && (
        <div class="stack"><TwinView edge={data}><EdgeAlerts edge={name} /></TwinView></div>
      )}
    </main>
  );
}
