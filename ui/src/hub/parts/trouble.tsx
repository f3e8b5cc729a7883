// What went wrong with the hub, so that somebody knows what to do next.

import type { ComponentChildren } from 'preact';

import { count, parseTime } from '../../format';
import { ApiError, textOf } from '../../http';
import { Empty, Fault } from '../../parts/states';
import { Ago } from '../../parts/time';
import { useSettings } from '../../settings';
import {
  elsewhere, problemsOf, problemText, refusalText, sentence, withTimes,
} from '../faults';
import { permissionText } from '../kinds';
import type { Permission } from '../kinds';
import { hubHref } from '../route';
import { useHub } from '../store';

export function Denied({ text, permission }: { text: string; permission?: Permission }) {
  const session = useHub((s) => s.session);
  return (
    <Empty icon="lock" title="You may not see this">
      {!permission && <p>{refusalText(text)}</p>}
      {permission && (
        <p>It takes the right to {permissionText(permission)} (<code>{permission}</code>).</p>
      )}
      <p>
        You are signed in as <strong>{session?.title || session?.person}</strong>.{' '}
        <a href={hubHref('account')}>What you may do</a>
      </p>
    </Empty>
  );
}

interface Props {
  what: string; // "this device"
  error: string;
  status: number;
  onRetry: () => void;
  permission?: Permission;
  missing?: ComponentChildren; // shown for 404
}

// In place of something that could not be loaded.
export function Trouble({ what, error, status, onRetry, permission, missing }: Props) {
  if (status === 403) {
    return <div class="panel"><Denied text={error} permission={permission} /></div>;
  }
  if (status === 404) {
    return (
      <div class="panel">
        <Empty icon="unknown" title={`The hub does not know ${what}`}>{missing}</Empty>
      </div>
    );
  }
  return <Fault text={`Could not load ${what}: ${sentence(error)}`} onAction={onRetry} />;
}

// Above a list that goes on beside rows of the hub's database that cannot be read.
export function Damaged({ rows = 0 }: { rows?: number }) {
  if (rows === 0) return null;
  return (
    <Fault
      tone="warning"
      text={
        <>
          <strong>{rows === 1 ? 'One row is' : `${count(rows)} rows are`} missing here:</strong>
          {' '}the hub’s database is damaged. Its log names them, and{' '}
          <code>lineside audit verify</code> finds whatever else is.
        </>
      }
    />
  );
}

// What the hub says of a write that it takes all the same.
export function Warnings({ texts }: { texts: readonly string[] }) {
  const { utc } = useSettings();
  return (
    <>
      {texts.map((text) => (
        <Fault key={text} tone="warning" text={sentence(withTimes(text, utc))} />
      ))}
    </>
  );
}

interface Latest {
  revision?: number;
  author?: string;
  time?: string;
  changed?: string[];
}

function Conflict({ error, onReload }: { error: ApiError; onReload?: () => void }) {
  const latest = error.body.latest as Latest | undefined;
  if (!latest) return <Fault text={`Not done: ${sentence(error.message)}`} />;
  return (
    <Fault
      tone="warning" action="Show the newest" onAction={onReload}
      text={
        <>
          <strong>Somebody was faster.</strong> Revision {latest.revision} is by{' '}
          {latest.author || 'somebody'}
          {Number.isFinite(parseTime(latest.time)) && <>, <Ago time={latest.time} /></>}
          {latest.changed && latest.changed.length > 0 && (
            <>, and changed {latest.changed.map((path, i) => (
              <span key={path}>{i > 0 && ', '}<code>{path}</code></span>
            ))}</>
          )}
          . Nothing of yours was stored.
        </>
      }
    />
  );
}

interface ActionProps {
  error: unknown;
  onReload?: () => void;
  fields?: readonly string[]; // paths whose problems stand at their fields
}

// Beside the button of something that was refused.
export function ActionFault({ error, onReload, fields = [] }: ActionProps) {
  if (error === null) return null;
  if (!(error instanceof ApiError)) return <Fault text={`Not done: ${sentence(textOf(error))}`} />;
  if (error.status === 409 || error.status === 412) {
    return <Conflict error={error} onReload={onReload} />;
  }
  if (error.status === 403) {
    return <Fault text={`You may not do this. ${refusalText(error.message)}`} />;
  }
  const rest = elsewhere(error, fields);
  if (problemsOf(error).length > 0 && rest.length === 0) {
    return <Fault text="Nothing was stored: see what is marked above." />;
  }
  return (
    <Fault
      text={
        <>
          Not done: {sentence(error.message)}
          {rest.map((problem, i) => (
            <div key={i}>
              {problem.path && <code>{problem.path}</code>} {problemText(problem)}
            </div>
          ))}
        </>
      }
    />
  );
}
