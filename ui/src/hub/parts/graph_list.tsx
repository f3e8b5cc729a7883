// What an object rests on and what rests on it, as a list.

import { useState } from 'preact/hooks';

import { count } from '../../format';
import { Icon } from '../../parts/icons';
import type { Graph, GraphNode } from '../api';
import { foldsOf } from '../bundles';
import type { Fold } from '../bundles';
import { wordsOf } from '../kinds';
import { ObjectLink } from './marks';

function stepsText(steps: number): string {
  return steps === 1 ? 'directly' : `over ${steps} steps`;
}

function NodeRow({ node }: { node: GraphNode }) {
  return (
    <li>
      <ObjectLink kind={node.kind} name={node.name} />{' '}
      {node.title && node.title !== node.name && (
        <span class="quiet small-text">{node.title}</span>
      )}
    </li>
  );
}

// Many of one kind, told by their number until somebody wants each.
function FoldRow({ kind, nodes, isCut }: { kind: string; nodes: GraphNode[]; isCut: boolean }) {
  const [isOpen, setOpen] = useState(false);
  const { many, icon } = wordsOf(kind);
  const all = `${count(nodes.length)}${isCut ? '+' : ''}`;
  return (
    <li>
      <Icon name={icon} size={15} /> {all} {many.toLowerCase()}{' '}
      <button
        type="button" class="link-button small-text" aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {isOpen ? 'fold' : `show all ${count(nodes.length)}`}
        <span class="sr-only"> {many.toLowerCase()}</span>
      </button>
      {isOpen && (
        <ul class="fold-list">
          {nodes.map((node) => <NodeRow key={node.name} node={node} />)}
        </ul>
      )}
    </li>
  );
}

function LayerView({ depth, folds, isCut }: { depth: number; folds: Fold[]; isCut: boolean }) {
  return (
    <div class="layer">
      <h3>{stepsText(depth)}</h3>
      <ul>
        {folds.map(({ kind, nodes, isFolded }) => (isFolded
          ? <FoldRow key={kind} kind={kind} nodes={nodes} isCut={isCut} />
          : nodes.map((node) => <NodeRow key={`${kind}/${node.name}`} node={node} />)))}
      </ul>
    </div>
  );
}

function LayerList({ graph, none }: { graph: Graph; none: string }) {
  const nodes = graph.nodes.filter((node) => node.depth !== 0)
    .map((node) => ({ ...node, depth: Math.abs(node.depth) }));
  if (nodes.length === 0) return <p class="rail-empty quiet">{none}</p>;
  const depths = [...new Set(nodes.map((node) => node.depth))].sort((a, b) => a - b);
  return (
    <>
      {depths.map((depth) => (
        <LayerView
          key={depth} depth={depth} isCut={Boolean(graph.next)}
          folds={foldsOf(nodes.filter((node) => node.depth === depth))}
        />
      ))}
    </>
  );
}

export function GraphList({ down, up }: { down: Graph; up: Graph }) {
  return (
    <div class="pair graph-lists">
      <section aria-label="In the graph: rests on">
        <h2><Icon name="back" size={12} /> Rests on</h2>
        <LayerList graph={down} none="Nothing." />
      </section>
      <section aria-label="In the graph: what rests on it">
        <h2>What rests on it <Icon name="next" size={12} /></h2>
        <LayerList graph={up} none="Nothing: it can go without breaking anything." />
      </section>
    </div>
  );
}
