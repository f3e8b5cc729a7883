// What an object rests on and what rests on it, as a picture in layers.

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { RefObject } from 'preact';

import { count } from '../../format';
import { Icon } from '../../parts/icons';
import type { Graph, GraphNode } from '../api';
import { wordsOf } from '../kinds';
import { draw, kBox, neighbour, scaleFor, shortened } from '../layers';
import type { Box, Picture, Wire } from '../layers';
import { objectHref } from '../route';

const kLetters = { name: [600, 13], below: [400, 11.5] } as const; // as in the style sheet
const kTextRoom = kBox.width - 38 - 10;
let ruler: CanvasRenderingContext2D | null = null;

function widthOf(text: string, [weight, size]: readonly [number, number]): number {
  ruler ??= document.createElement('canvas').getContext('2d');
  if (!ruler) return text.length * size * 0.62;
  ruler.font = `${weight} ${size}px ${getComputedStyle(document.body).fontFamily}`;
  return ruler.measureText(text).width;
}

// As much of a text as a box has room for, without its middle: names differ at their ends.
const fitted = (text: string, letters: keyof typeof kLetters): string =>
  shortened(text, (part) => widthOf(part, kLetters[letters]) <= kTextRoom);

// Bends in the gaps between columns, and straight lines past the boxes of one.
const pathOf = ({ way }: Wire): string => way.map(([x, y], i) => {
  const [before, at] = way[i - 1] ?? [x, y];
  const half = (before + x) / 2;
  if (i === 0) return `M${x} ${y}`;
  return i % 2 === 0 ? `H${x}` : `C${half} ${at} ${half} ${y} ${x} ${y}`;
}).join('');

interface BoxProps {
  box: Box;
  isCentre: boolean;
  isLit: boolean; // at an end of a wire that is followed
  onOpen: (box: Box) => void;
  onLight: (key: string) => void;
}

// Heading and second line of a box.
function textsOf(box: Box): [string, string] {
  const { one, many } = wordsOf(box.kind);
  const all = `${count(box.count)}${box.isCut ? '+' : ''}`;
  if (box.role === 'bundle') return [`${all} ${many.toLowerCase()}`, 'show each'];
  if (box.role === 'more') {
    const next = box.to < box.count ? 'show the next' : 'show the first';
    return [`${box.from}–${box.to} of ${all}`, next];
  }
  return [box.name, box.title && box.title !== box.name ? box.title : one];
}

function BoxView({ box, isCentre, isLit, onOpen, onLight }: BoxProps) {
  const { one, icon } = wordsOf(box.kind);
  const isBundle = box.role !== 'object';
  const [heading, below] = textsOf(box);
  const lit = { onFocus: () => onLight(box.key), onBlur: () => onLight(''),
    onPointerEnter: () => onLight(box.key), onPointerLeave: () => onLight('') };
  const face = (
    <>
      <title>{isBundle ? `${heading}: ${below}` : `${one} ${box.name}`}</title>
      {isBundle && <rect class="box-behind" x={4} y={4} width={kBox.width} height={kBox.height} />}
      <rect class="box-face" width={kBox.width} height={kBox.height} rx={6} />
      <g transform="translate(12 15)"><Icon name={icon} /></g>
      <text class="box-name" x={38} y={20}>{fitted(heading, 'name')}</text>
      <text class="box-below" x={38} y={36}>{fitted(below, 'below')}</text>
    </>
  );
  const name = ['box', isCentre && 'box-centre', isBundle && 'box-bundle', isLit && 'box-lit']
    .filter(Boolean).join(' ');
  const where = `translate(${box.x} ${box.y})`;
  if (isBundle) {
    return (
      <g
        class={name} transform={where} tabIndex={0} role="button" data-key={box.key} {...lit}
        onClick={() => onOpen(box)}
        onKeyDown={(event) => {
          if (event.key !== 'Enter' && event.key !== ' ') return;
          event.preventDefault();
          onOpen(box);
        }}
      >
        {face}
      </g>
    );
  }
  return (
    <g transform={where}>
      <a
        class={name} href={objectHref(box.kind, box.name, { tab: 'graph' })}
        data-key={box.key} data-group={box.group || undefined} {...lit}
        aria-current={isCentre ? 'true' : undefined}
      >
        {face}
      </a>
    </g>
  );
}

function WireView({ wire, isLit }: { wire: Wire; isLit: boolean }) {
  return (
    <path class={isLit ? 'wire wire-lit' : 'wire'} d={pathOf(wire)}>
      <title>{wire.fields.join(', ')}</title>
    </path>
  );
}

const kNarrow = matchMedia('(max-width: 800px)');

// Whether the window is too narrow to show more of a picture than its centre.
export function useNarrow(): boolean {
  const [narrow, setNarrow] = useState(kNarrow.matches);
  useEffect(() => {
    const follow = () => setNarrow(kNarrow.matches);
    kNarrow.addEventListener('change', follow);
    return () => kNarrow.removeEventListener('change', follow);
  }, []);
  return narrow;
}

const kPadding = 10; // as in the style sheet

// The width that a picture has, px; 0 until it is known.
function useRoom(box: RefObject<HTMLElement>): number {
  const [room, setRoom] = useState(0);
  useLayoutEffect(() => {
    const measure = () => setRoom(box.current!.clientWidth - 2 * kPadding);
    const watcher = new ResizeObserver(measure);
    watcher.observe(box.current!);
    measure();
    return () => watcher.disconnect();
  }, []);
  return room;
}

// On which sides a picture goes on out of sight; brings its centre into sight whenever the picture
// or the room is another.
function useSides(box: RefObject<HTMLElement>, picture: Picture, room: number) {
  const [sides, setSides] = useState('');
  const look = () => {
    if (!box.current) return; // a scroll of a picture that has just gone
    const { scrollLeft, scrollWidth, clientWidth } = box.current;
    setSides(`${scrollLeft > 1 ? 'more-left' : ''} ${
      scrollLeft + clientWidth < scrollWidth - 1 ? 'more-right' : ''}`);
  };
  useLayoutEffect(() => {
    const [whole, centre] = [box.current!, box.current!.querySelector('[aria-current]')];
    if (centre) {
      const [around, own] = [whole, centre].map((each) => each.getBoundingClientRect());
      whole.scrollLeft += own!.left + own!.width / 2 - around!.left - around!.width / 2;
      whole.scrollTop += own!.top + own!.height / 2 - around!.top - around!.height / 2;
    }
    look();
  }, [picture.width, picture.height, room]);
  return { sides, look };
}

interface PictureProps {
  picture: Picture;
  centre: string;
  room: number;
  outer: RefObject<HTMLDivElement>;
  onOpen: (box: Box) => void;
}

function PictureView({ picture, centre, room, outer, onOpen }: PictureProps) {
  const [lit, setLit] = useState('');
  const { sides, look } = useSides(outer, picture, room);
  const isAt = ({ from, to }: Wire) => lit !== '' && (from === lit || to === lit);
  const ends = new Set(picture.wires.filter(isAt).flatMap(({ from, to }) => [from, to]));
  const scale = scaleFor(picture.width, room);
  const onKeyDown = (event: KeyboardEvent) => {
    if (!event.key.startsWith('Arrow')) return;
    const key = (event.target as Element).closest('[data-key]')?.getAttribute('data-key') ?? '';
    const next = neighbour(picture, key, event.key);
    if (!next) return;
    event.preventDefault();
    outer.current?.querySelector<SVGElement>(`[data-key="${CSS.escape(next.key)}"]`)?.focus();
  };
  return (
    <div
      class={`graph-box ${sides}`} tabIndex={0} role="group" ref={outer} onScroll={look}
      aria-label="Graph, arrow keys move in it"
    >
      <svg
        class={`graph ${lit ? 'has-lit' : ''}`} width={Math.floor(picture.width * scale)}
        height={Math.ceil(picture.height * scale)}
        viewBox={`0 0 ${picture.width} ${picture.height}`} onKeyDown={onKeyDown}
      >
        {picture.wires.map((wire) => (
          <WireView key={`${wire.from} ${wire.to}`} wire={wire} isLit={isAt(wire)} />
        ))}
        {picture.boxes.map((each) => (
          <BoxView
            key={each.key} box={each} isCentre={each.key === centre} isLit={ends.has(each.key)}
            onOpen={onOpen} onLight={setLit}
          />
        ))}
      </svg>
    </div>
  );
}

export function GraphPicture({ centre, down, up }: {
  centre: GraphNode; down: Graph; up: Graph;
}) {
  const outer = useRef<HTMLDivElement>(null);
  const room = useRoom(outer);
  const [open, setOpen] = useState<ReadonlyMap<string, number>>(new Map());
  const [wanted, setWanted] = useState(''); // the bundle whose first box takes the focus
  const picture = useMemo(
    () => draw(centre, down, up, open, room), [centre, down, up, open, room]);
  const onOpen = ({ role, key, group }: Box) => {
    if (role === 'bundle') setWanted(key);
    setOpen((was) => (role === 'bundle' ? new Map(was).set(key, 0)
      : new Map(was).set(group, (was.get(group) ?? 0) + 1)));
  };
  useLayoutEffect(() => {
    if (wanted === '') return;
    outer.current?.querySelector<SVGElement>(`[data-group="${CSS.escape(wanted)}"]`)?.focus();
    setWanted('');
  }, [wanted]);
  return (
    <>
      {open.size > 0 && (
        <div class="graph-tools">
          <button type="button" class="button small" onClick={() => setOpen(new Map())}>
            Fold what was opened
          </button>
        </div>
      )}
      <PictureView
        picture={picture} centre={`${centre.kind}/${centre.name}`} room={room} outer={outer}
        onOpen={onOpen}
      />
    </>
  );
}
