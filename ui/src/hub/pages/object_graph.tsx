// The graph of an object, both ways.

import { useState } from 'preact/hooks';

import { count } from '../../format';
import { Fault, Skeleton } from '../../parts/states';
import { useResource } from '../../resource';
import { walkGraph } from '../api';
import type { CatalogObject, GraphNode } from '../api';
import { GraphPicture, useNarrow } from '../parts/graph';
import { GraphList } from '../parts/graph_list';
import { SelectField } from '../parts/form';

const kMost = 3000;
const kDepths = ['1', '2', '3', '4', '6', '8'].map((each) =>
  [each, each === '1' ? '1 step' : `${each} steps`] as const);
type Form = 'picture' | 'list';

// On a phone a list until somebody wants the picture.
function useForm(): [Form, (form: Form) => void] {
  const narrow = useNarrow();
  const [chosen, setChosen] = useState<Form | null>(null);
  return [chosen ?? (narrow ? 'list' : 'picture'), setChosen];
}

// What the graph is of; a prediction is no object, and has one all the same.
type Centre = Pick<CatalogObject, 'kind' | 'name'> & { title: string; version: number };

export const centreOf = ({ kind, name, spec, meta }: CatalogObject): Centre =>
  ({ kind, name, title: String(spec.title ?? ''), version: meta.revision });

export function GraphTab({ of }: { of: Centre }) {
  const { kind, name, title } = of;
  const [depth, setDepth] = useState('3');
  const [form, setForm] = useForm();
  const { data, error, loading, reload } = useResource(
    `graph ${kind}/${name} ${depth}`, of.version, async () => {
      const walk = (direction: string) =>
        walkGraph(kind, name, { direction, depth }, kMost);
      const [down, up] = await Promise.all([walk('down'), walk('up')]);
      return { down, up };
    });
  const centre: GraphNode = { kind, name, title, site: '', depth: 0 };
  const isCut = data && (data.down.next || data.up.next);
  return (
    <section class="panel" aria-label="Graph">
      <div class="panel-head graph-head">
        <p class="quiet small-text">
          {form === 'picture' ? 'Left: what' : 'First what'} it rests on.{' '}
          {form === 'picture' ? 'Right: what' : 'Then what'} rests on it, and breaks if it goes.
        </p>
        <SelectField
          label="Steps" hidden value={depth} onValue={setDepth} options={kDepths}
        />
        <div class="segments" role="group" aria-label="Form">
          {(['picture', 'list'] as const).map((each) => (
            <button
              key={each} type="button" class="segment" aria-pressed={form === each}
              onClick={() => setForm(each)}
            >
              {each === 'picture' ? 'Picture' : 'List'}
            </button>
          ))}
        </div>
      </div>
      {error && <Fault text={`The graph could not be loaded: ${error}.`} onAction={reload} />}
      {!data && loading && <Skeleton rows={2} tall />}
      {isCut && (
        <Fault
          tone="info" text={`It is larger: only the nearest ${count(kMost)} each way are shown.`}
        />
      )}
      {data && (data.down.partial || data.up.partial) && (
        <Fault
          tone="info"
          text="Something may be missing: a pattern takes more streams than the hub looks at in one
            walk, or something on the way is damaged."
        />
      )}
      {data && form === 'picture' && <GraphPicture centre={centre} {...data} />}
      {data && form === 'list' && <GraphList {...data} />}
    </section>
  );
}
