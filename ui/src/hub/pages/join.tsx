// Letting an edge join: the command to run beside the machines, and the wait until it is there.

import { useEffect, useState } from 'preact/hooks';

import { serverNow } from '../../contact';
import { parseTime } from '../../format';
import { Icon } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { useResource } from '../../resource';
import { useAction } from '../action';
import { getEdge, getEdges, makeEnrolment } from '../api';
import type { Edge, EdgeDetail } from '../api';
import { ChoiceField, CopyText, Dialog, SelectField, TextField } from '../parts/form';
import { EdgeState } from '../parts/marks';
import { ActionFault } from '../parts/trouble';
import { hubHref } from '../route';
import { touch, useVersion } from '../store';

const kTimes = [
  ['1h', 'one hour'], ['1d', 'one day'], ['7d', 'one week'], ['30d', '30 days'],
] as const;

const kLookedAt = 1000;
const kClockSlackMs = 2_000;

interface Wanted {
  name: string;
  site: string;
  edge: string;
  uses: string;
  expires_in: string;
}

interface Made {
  secret: string;
  command: string;
}

// An edge of this name that has joined: a new one would take its place.
function useTaken(edge: string): EdgeDetail | null {
  const name = edge.trim();
  const [taken, setTaken] = useState<EdgeDetail | null>(null);
  useEffect(() => {
    let here = true;
    setTaken(null);
    if (name === '') return;
    const timer = setTimeout(() => {
      // Not there, or not to be seen: nothing to tell.
      getEdge(name).then((found) => here && setTaken(found), () => {});
    }, 250);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [name]);
  return taken?.enrolled ? taken : null;
}

function Asking({ wanted, change, onMade, onClose }: {
  wanted: Wanted; change: (change: Partial<Wanted>) => void; onMade: (made: Made) => void;
  onClose: () => void;
}) {
  const action = useAction();
  const taken = useTaken(wanted.edge);
  const isOne = wanted.edge.trim() !== '';
  const make = async (event: Event) => {
    event.preventDefault();
    const edge = wanted.edge.trim();
    await action.run(async () => {
      onMade(await makeEnrolment({
        name: wanted.name.trim() || (edge ? `join-${edge}` : `join-${wanted.site}`),
        site: wanted.site.trim(), ...(edge ? { edge } : {}),
        uses: isOne ? 1 : Math.max(1, Number(wanted.uses) || 1),
        expires_in: wanted.expires_in,
      }));
      touch('enrolments');
    });
  };
  return (
    <form class="form" onSubmit={make}>
      <ChoiceField
        kind="Site" label="Site" value={wanted.site} onValue={(site) => change({ site })} required
        autoFocus none="choose" hint="Where the edge stands: it gets what concerns this site."
      />
      <TextField
        label="Name of the edge" value={wanted.edge} onValue={(edge) => change({ edge })}
        placeholder="edge-7" hint="Empty: a group joins, and each edge brings its own name."
      />
      {taken && (
        <Fault
          tone="warning"
          text={
            <>
              <strong>{taken.name}</strong> has joined already (<EdgeState state={taken.state} />).
              Whoever runs the command takes its place, and the certificate that it has now is
              revoked. To bring in another edge choose another name.
            </>
          }
        />
      )}
      <div class="field-pair">
        <SelectField
          label="Good for" value={wanted.expires_in} options={kTimes}
          onValue={(expires_in) => change({ expires_in })}
        />
        {!isOne && (
          <TextField
            label="How many edges" type="number" min={1} value={wanted.uses}
            onValue={(uses) => change({ uses })}
          />
        )}
      </div>
      <ActionFault error={action.error} />
      <div class="form-end">
        <button type="button" class="button" onClick={onClose}>Cancel</button>
        <button type="submit" class="button primary" disabled={action.busy || !wanted.site.trim()}>
          {action.busy ? 'Making it…' : 'Make the join command'}
        </button>
      </div>
    </form>
  );
}

function Arrived({ edge }: { edge: Edge }) {
  return (
    <li>
      <Icon name="ok" />
      <a href={hubHref('edges', [edge.name])}><strong>{edge.name}</strong></a> has joined
      <EdgeState state={edge.state} />
    </li>
  );
}

const kAskEveryMs = 5_000;

// Those that have enrolled since: told by events, and asked for now and then in case none came.
function useArrivals({ site, edge }: Wanted, since: number): Edge[] {
  const [turn, setTurn] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTurn((n) => n + 1), kAskEveryMs);
    return () => clearInterval(timer);
  }, []);
  const version = `${useVersion('edges')} ${turn}`;
  const { data } = useResource(`arrivals ${site} ${edge}`, version, async () => {
    const { items } = await getEdges({ site: site.trim(), limit: kLookedAt });
    return items.filter((each) => (edge.trim() === '' || each.name === edge.trim())
      && parseTime(each.enrolled) >= since);
  });
  return data ?? [];
}

function Waiting({ made, wanted, onClose }: {
  made: Made; wanted: Wanted; onClose: () => void;
}) {
  const expected = wanted.edge.trim();
  const [since] = useState(() => serverNow() - kClockSlackMs);
  const arrived = useArrivals(wanted, since);
  const isDone = expected !== '' && arrived.length > 0;
  return (
    <div class="form">
      <p>Run this on the machine of the edge. The secret in it is shown only now.</p>
      <CopyText text={made.command} label="the join command" />
      <div class="join-wait" role="status">
        {!isDone && (
          <p><span class="live-dot join-dot" aria-hidden="true" /> Waiting for{' '}
            {expected ? <strong>{expected}</strong> : 'edges'} to join…</p>
        )}
        {arrived.length > 0 && (
          <ul class="arrived">{arrived.map((edge) => <Arrived key={edge.name} edge={edge} />)}</ul>
        )}
      </div>
      {!isDone && (
        <Fault
          tone="info"
          text={'You may close this: the command stays good until the enrolment ends, and the ' +
            'edge appears in the list by itself.'}
        />
      )}
      <div class="form-end">
        <button type="button" class="button primary" onClick={onClose}>Done</button>
      </div>
    </div>
  );
}

export function JoinDialog({ edge, onClose }: { edge: string; onClose: () => void }) {
  const [wanted, setWanted] = useState<Wanted>({
    name: '', site: '', edge, uses: '10', expires_in: '1d',
  });
  const [made, setMade] = useState<Made | null>(null);
  return (
    <Dialog title="Join an edge" onClose={onClose} wide>
      {made ? (
        <Waiting made={made} wanted={wanted} onClose={onClose} />
      ) : (
        <Asking
          wanted={wanted} change={(change) => setWanted((was) => ({ ...was, ...change }))}
          onClose={onClose} onMade={setMade}
        />
      )}
    </Dialog>
  );
}
