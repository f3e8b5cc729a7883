// Many changes at once, from manifests: checked first, with every problem at its line, then shown
// as differences, then applied, all or nothing.

import { useEffect, useRef, useState } from 'preact/hooks';

import { noticeError } from '../../contact';
import { count } from '../../format';
import { ApiError } from '../../http';
import { Icon } from '../../parts/icons';
import { Empty, Fault } from '../../parts/states';
import { useAction } from '../action';
import { applyManifests, getDiff, getObject } from '../api';
import type { CatalogObject, Manifests, Outcome, Problem } from '../api';
import { kindOfSegment } from '../kinds';
import { Differences } from '../parts/diff';
import { Editor, goToLine } from '../parts/editor';
import { TextField } from '../parts/form';
import { ChangeMark, ObjectLink } from '../parts/marks';
import { ActionFault, Warnings } from '../parts/trouble';
import { planOf } from '../plan';
import type { Plan, Planned } from '../plan';
import type { HubRoute } from '../route';
import { touch } from '../store';
import { manifestOf, toYaml } from '../yaml';

type Found =
  | { kind: 'problems'; problems: Problem[]; text: string }
  | { kind: 'plan' } & Plan
  | { kind: 'done'; items: Outcome[]; warnings: string[] };

interface Draft {
  text: string;
  edits: string; // "devices/plc-1": what is edited; empty: something new
  seen: CatalogObject | null; // as it was when the editing began
  loaded: string; // its text then
}

// What is written here outlives a look at another view, and an ended session.
const draft: Draft = { text: '', edits: '', seen: null, loaded: '' };

// Somebody else may have changed what is edited: they are not written over unseen.
async function checkNewest(plan: Planned[]): Promise<void> {
  if (!draft.seen) return;
  const { kind, name, meta: { revision } } = draft.seen;
  if (!plan.some((item) => item.kind === kind && item.name === name)) return;
  const { meta } = await getObject(kind, name);
  if (meta.revision === revision) return;
  const { items } = await getDiff(kind, name, revision, meta.revision);
  throw new ApiError(409, 'conflict', 'somebody changed it meanwhile', {
    latest: { ...meta, changed: items.map(({ path }) => path) },
  });
}

function manifestsOf(text: string): Manifests {
  const isJson = /^\s*[[{]/.test(text);
  return { text, type: isJson ? 'application/json' : 'application/yaml' };
}

function problemsOf(error: unknown): Problem[] | null {
  if (!(error instanceof ApiError) || !Array.isArray(error.body.problems)) return null;
  return error.body.problems as Problem[];
}

function ProblemItem({ problem: p, onGo }: { problem: Problem; onGo: (line: number) => void }) {
  const place = p.line ? `${p.line}${p.column ? `:${p.column}` : ''}` : '';
  return (
    <li class="problem">
      <Icon name="critical" size={14} />
      <span>
        {place && (
          <button type="button" class="link-button place" onClick={() => onGo(p.line!)}>
            line {place}
          </button>
        )}{' '}
        {p.path && <code>{p.path}</code>} {p.text}
        {p.expected && <><br /><span class="quiet">expected</span> {p.expected}</>}
        {p.found && <><br /><span class="quiet">found</span> <code>{p.found}</code></>}
      </span>
    </li>
  );
}

function ProblemsView({ problems, text, onGo }: {
  problems: Problem[]; text: string; onGo: (line: number) => void;
}) {
  return (
    <section class="panel" aria-label="Problems" role="alert">
      <div class="panel-head">
        <h2 class="tone-critical">
          <Icon name="critical" />{' '}
          {problems.length === 1 ? 'One problem' : `${count(problems.length)} problems`}
        </h2>
        <span class="quiet small-text">nothing was changed</span>
      </div>
      <ul class="problems apply-problems">
        {problems.length === 0 && <li class="problem">{text}</li>}
        {problems.map((problem, i) => <ProblemItem key={i} problem={problem} onGo={onGo} />)}
      </ul>
    </section>
  );
}

function PlanView({ items, onApply, onReload }: {
  items: Planned[]; onApply: (note: string) => Promise<void>; onReload: () => void;
}) {
  const [note, setNote] = useState('');
  const action = useAction();
  const changing = items.filter((item) => item.change !== 'unchanged');
  const same = items.length - changing.length;
  return (
    <section class="panel" aria-label="What would change">
      <div class="panel-head">
        <h2>
          {changing.length === 0 ? 'Nothing would change'
            : `${count(changing.length)} would change`}
        </h2>
        {same > 0 && <span class="quiet small-text num">{count(same)} as they are</span>}
      </div>
      <ul class="plan">
        {changing.map((item) => (
          <li key={`${item.kind}/${item.name}`}>
            <div class="plan-head">
              <ChangeMark change={item.change} />
              <ObjectLink kind={item.kind} name={item.name} />
              <span class="quiet small-text">{item.kind}</span>
            </div>
            {item.change !== 'created' && <Differences items={item.differences} />}
          </li>
        ))}
      </ul>
      {changing.length > 0 && (
        <form
          class="panel-foot apply-foot"
          onSubmit={(event) => {
            event.preventDefault();
            void action.run(() => onApply(note.trim()));
          }}
        >
          <TextField
            label="Why, for the history" value={note} onValue={setNote}
            placeholder="new press on line 2"
          />
          <ActionFault error={action.error} onReload={onReload} />
          <button type="submit" class="button primary" disabled={action.busy}>
            {action.busy ? 'Applying…' : `Apply ${count(changing.length)} ` +
              (changing.length === 1 ? 'change' : 'changes')}
          </button>
        </form>
      )}
    </section>
  );
}

function DoneView({ items }: { items: Outcome[] }) {
  const changed = items.filter((item) => item.change !== 'unchanged');
  return (
    <section class="panel" role="status">
      <div class="panel-head">
        <h2 class="tone-ok"><Icon name="ok" /> Applied</h2>
        <span class="quiet small-text num">{count(changed.length)} changed</span>
      </div>
      <ul class="plan">
        {changed.map((item) => (
          <li key={`${item.kind}/${item.name}`} class="plan-head">
            <ChangeMark change={item.change} />
            <ObjectLink kind={item.kind} name={item.name} />
            <span class="quiet small-text num">revision {item.revision}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}

const kSample = `apiVersion: lineside/v1
kind: Asset
name: press-7
spec:
  site: berlin
  type: press
---
...`;

const kTemplates: Record<string, string> = {
  Role: 'apiVersion: lineside/v1\nkind: Role\nname: \nspec:\n  title: \n  permissions: [read]\n',
};

// The text to begin with: an object to edit, or the beginning of a manifest of some kind. `again`
// loads the object anew, giving up what was written.
function useBeginning(route: HubRoute, onText: (text: string) => void) {
  const [error, setError] = useState('');
  const [turn, setTurn] = useState(0);
  const edit = route.query.get('edit') ?? '';
  const kind = route.query.get('kind') ?? '';
  useEffect(() => {
    if (kind && draft.text.trim() === '') {
      onText(kTemplates[kind] ?? `apiVersion: lineside/v1\nkind: ${kind}\nname: \nspec:\n  `);
    }
    // An object that was looked at and left as it was is not being edited any more.
    if (!edit && draft.edits && draft.text === draft.loaded) onText('');
    const cut = edit.indexOf('/');
    const words = kindOfSegment(edit.slice(0, cut));
    if (!words || draft.edits === edit) return;
    let here = true;
    getObject(words.kind, edit.slice(cut + 1)).then(
      (object) => {
        if (!here) return;
        draft.edits = edit;
        draft.seen = object;
        draft.loaded = toYaml(manifestOf(object));
        onText(draft.loaded);
      },
      (caught: unknown) => {
        noticeError(caught);
        if (here) setError(`${edit} could not be loaded for editing.`);
      });
    return () => void (here = false);
  }, [edit, kind, turn]);
  const again = () => {
    draft.edits = '';
    setTurn((n) => n + 1);
  };
  return { error, again };
}

export function ApplyPage({ route }: { route: HubRoute }) {
  const [text, setText] = useState(draft.text);
  const [found, setFound] = useState<Found | null>(null);
  const [over, setOver] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const action = useAction();
  const change = (next: string) => {
    draft.text = next;
    if (next === '') Object.assign(draft, { edits: '', seen: null });
    setText(next);
    setFound(null);
  };
  const beginning = useBeginning(route, change);
  const problems = found?.kind === 'problems' ? found.problems : [];
  const marked = new Set(problems.map((problem) => problem.line ?? 0).filter((line) => line > 0));

  const check = () => action.run(async () => {
    setFound(null);
    try {
      setFound({ kind: 'plan', ...await planOf(manifestsOf(text)) });
    } catch (error) {
      const list = problemsOf(error);
      if (!list) throw error;
      const sorted = list.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
      setFound({ kind: 'problems', problems: sorted, text: (error as Error).message });
    }
  });
  const apply = async (note: string) => {
    await checkNewest(found?.kind === 'plan' ? found.items : []);
    const { items, warnings } = await applyManifests(manifestsOf(text), { note });
    touch(...new Set(items.flatMap(({ kind, name }) => [kind, `${kind}/${name}`])));
    change('');
    setFound({ kind: 'done', items, warnings });
  };
  const drop = async (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const files = [...(event.dataTransfer?.files ?? [])];
    const texts = await Promise.all(files.map((file) => file.text()));
    if (texts.length > 0) change(texts.join('\n---\n'));
  };

  return (
    <main class="page" id="main">
      <div class="page-head">
        <h1 tabIndex={-1}>{draft.edits ? `Edit ${draft.edits}` : 'Apply'}</h1>
        <span class="quiet small-text">YAML or JSON; all of it or nothing</span>
      </div>
      {beginning.error && <Fault text={beginning.error} />}
      <div class="apply">
        <section
          class={`panel apply-text ${over ? 'is-over' : ''}`} aria-label="Manifests"
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)} onDrop={drop}
        >
          <Editor
            label="Manifests" text={text} onText={change} marked={marked} placeholder={kSample}
            box={box}
          />
          <div class="panel-foot">
            <button
              type="button" class="button primary" disabled={action.busy || text.trim() === ''}
              onClick={check}
            >
              {action.busy ? 'Checking…' : 'Check'}
            </button>
            <label class="button file-button">
              <Icon name="upload" size={15} /> Open files
              <input
                type="file" multiple accept=".yaml,.yml,.json" class="sr-only"
                onChange={async (event) => {
                  const files = [...(event.currentTarget.files ?? [])];
                  const texts = await Promise.all(files.map((file) => file.text()));
                  if (texts.length > 0) change(texts.join('\n---\n'));
                }}
              />
            </label>
            {text !== '' && (
              <button type="button" class="button" onClick={() => change('')}>Clear</button>
            )}
          </div>
        </section>
        <div class="stack">
          <ActionFault error={action.error} />
          {!found && (
            <div class="panel">
              <Empty
                icon={text ? 'check' : 'upload'}
                title={text ? 'Not checked yet' : 'Paste or drop manifests'}
              >
                <p>
                  Check shows every problem at its line and what would change. Nothing happens
                  before you apply.
                </p>
              </Empty>
            </div>
          )}
          {found?.kind === 'problems' && (
            <ProblemsView
              {...found} onGo={(line) => box.current && goToLine(box.current, line)}
            />
          )}
          {found && 'warnings' in found && <Warnings texts={found.warnings} />}
          {found?.kind === 'plan' && (
            <PlanView items={found.items} onApply={apply} onReload={beginning.again} />
          )}
          {found?.kind === 'done' && <DoneView items={found.items} />}
        </div>
      </div>
    </main>
  );
}
