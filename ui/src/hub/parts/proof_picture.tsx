// The way from an entry of the audit log to the signed root, hash by hash, as it was computed here.

import { Icon } from '../../parts/icons';
import type { EntryView } from '../proof/log';
import { toHex } from '../proof/merkle';
import type { Bytes } from '../proof/merkle';

const kStep = 58;
const kNode = { width: 118, height: 30 };
const kLeftX = 8;
const kRightX = 168;
const kMiddleX = (kLeftX + kRightX) / 2;
const kWidth = kRightX + kNode.width + 8;

const short = (hash: Bytes): string => {
  const hex = toHex(hash);
  return hex ? `${hex.slice(0, 6)}…${hex.slice(-4)}` : '–';
};

interface NodeProps {
  x: number;
  y: number;
  hash: Bytes;
  role: 'own' | 'given' | 'root' | 'bad';
  title: string;
}

function Node({ x, y, hash, role, title }: NodeProps) {
  return (
    <g class={`hash hash-${role}`} transform={`translate(${x} ${y})`}>
      <title>{`${title}: ${toHex(hash)}`}</title>
      <rect width={kNode.width} height={kNode.height} rx={5} />
      <text x={kNode.width / 2} y={kNode.height / 2 + 4.5}>{short(hash)}</text>
    </g>
  );
}

function Lines({ y, ownX, toX }: { y: number; ownX: number; toX: number }) {
  const half = kNode.width / 2;
  const top = y - kStep + kNode.height;
  const middle = y - (kStep - kNode.height) / 2;
  const line = (x: number) => `M${x + half} ${y}V${middle}H${toX + half}V${top}`;
  const otherX = ownX === kLeftX ? kRightX : kLeftX;
  return (
    <>
      <path class="hash-line" d={line(otherX)} />
      <path class="hash-line hash-line-own" d={line(ownX)} />
    </>
  );
}

// Where the computed node of a step stands: beside its sibling, the root in the middle.
function columnOf(view: EntryView, level: number): number {
  const step = view.steps[level];
  if (!step) return kMiddleX;
  return step.siblingIsLeft ? kRightX : kLeftX;
}

export function ProofPicture({ view }: { view: EntryView }) {
  const { steps, leafHolds, rootHolds } = view;
  const height = (steps.length + 1) * kStep;
  const rowY = (level: number) => height - kStep + (kStep - kNode.height) / 2 - level * kStep;
  const own = [view.leaf, ...steps.map((step) => step.parent)];
  return (
    <svg
      class="proof" width={kWidth} height={height} viewBox={`0 0 ${kWidth} ${height}`} role="img"
      aria-label={`The path of ${steps.length} hashes from the entry to the root ` +
        (leafHolds && rootHolds ? 'holds' : 'does not hold')}
    >
      {steps.map((step, level) => (
        <g key={level}>
          <Lines
            y={rowY(level)} ownX={columnOf(view, level)} toX={columnOf(view, level + 1)}
          />
          <Node
            x={step.siblingIsLeft ? kLeftX : kRightX} y={rowY(level)} hash={step.sibling}
            role="given" title="given by the hub"
          />
        </g>
      ))}
      {own.map((hash, level) => {
        const isRoot = level === steps.length;
        const isBad = (level === 0 && !leafHolds) || (isRoot && !rootHolds);
        return (
          <Node
            key={level} x={columnOf(view, level)} y={rowY(level)} hash={hash}
            role={isBad ? 'bad' : isRoot ? 'root' : 'own'}
            title={level === 0 ? 'hash of the entry' : isRoot ? 'root' : 'computed here'}
          />
        );
      })}
    </svg>
  );
}

export function ProofLegend() {
  return (
    <ul class="proof-legend">
      <li><span class="swatch swatch-own" /> computed in this browser</li>
      <li><span class="swatch swatch-given" /> given by the hub</li>
      <li><Icon name="up" size={12} /> from the entry, below, to the root, above</li>
    </ul>
  );
}
