// The columns of a layered picture: in which order their boxes stand, how high, and the ways of the
// wires between them. After K. Sugiyama, S. Tagawa, M. Toda, Methods for Visual Understanding of
// Hierarchical System Structures (1981): a wire that passes a column has a lane of its own there,
// so that it runs behind no box.

export interface Stop {
  key: string; // of a box, or of a lane
  size: number; // height, px
  rank: number; // among those that the wires set nowhere else
  group: string; // what is of one group stays together; empty: of none
  y: number; // of its upper edge, px
}

export interface Link {
  left: Stop; // in one column
  right: Stop; // in the next
}

const kRounds = 4;

const middle = ({ y, size }: Stop): number => y + size / 2;

function byStop(links: readonly Link[]) {
  const lists = { left: new Map<Stop, Stop[]>(), right: new Map<Stop, Stop[]>() };
  const add = (map: Map<Stop, Stop[]>, at: Stop, other: Stop) => {
    const list = map.get(at);
    if (list) list.push(other);
    else map.set(at, [other]);
  };
  for (const { left, right } of links) {
    add(lists.left, right, left);
    add(lists.right, left, right);
  }
  return lists;
}

type Neighbours = ReturnType<typeof byStop>;
type Side = keyof Neighbours;

// One below the other, around the line of y = 0.
function stack(column: readonly Stop[], gap: number): void {
  const height = column.reduce((sum, { size }) => sum + size + gap, -gap);
  let y = -height / 2;
  for (const stop of column) {
    stop.y = y;
    y += stop.size + gap;
  }
}

const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;

// A column in the order of what it is wired to on one side.
function sorted(column: readonly Stop[], near: ReadonlyMap<Stop, Stop[]>): Stop[] {
  const weights = new Map(column.map((stop) => {
    const others = near.get(stop);
    return [stop, others ? mean(others.map(middle)) : middle(stop)];
  }));
  for (const group of new Set(column.map((stop) => stop.group).filter(Boolean))) {
    const own = column.filter((stop) => stop.group === group);
    const weight = mean(own.map((stop) => weights.get(stop)!));
    own.forEach((stop) => weights.set(stop, weight));
  }
  return column.toSorted((a, b) => weights.get(a)! - weights.get(b)! || a.rank - b.rank);
}

// How many pairs of wires cross between two columns, and how far all wires climb, px.
function cost(links: readonly Link[], columnOf: ReadonlyMap<Stop, number>): [number, number] {
  const gaps = new Map<number, [number, number][]>();
  let climb = 0;
  for (const { left, right } of links) {
    const [from, to] = [middle(left), middle(right)];
    climb += Math.abs(from - to);
    const gap = gaps.get(columnOf.get(left)!);
    if (gap) gap.push([from, to]);
    else gaps.set(columnOf.get(left)!, [[from, to]]);
  }
  let crossings = 0;
  for (const ends of gaps.values()) {
    ends.forEach(([from, to], i) => {
      for (const [other, end] of ends.slice(i + 1)) {
        if ((from - other) * (to - end) < 0) crossings += 1;
      }
    });
  }
  return [crossings, climb];
}

// Columns in an order in which few wires cross; each is stacked around y = 0.
function ordered(
  columns: readonly Stop[][], links: readonly Link[], centre: number, gap: number): Stop[][] {
  const near = byStop(links);
  const columnOf = new Map(columns.flatMap((column, i) => column.map((stop) => [stop, i])));
  const now = columns.map((column) => column.toSorted((a, b) => a.rank - b.rank));
  now.forEach((column) => stack(column, gap));
  const take = (i: number, side: Side) => {
    now[i] = sorted(now[i]!, near[side]);
    stack(now[i]!, gap);
  };
  // First outwards from the centre, then from left to right and back.
  for (let i = centre + 1; i < now.length; i += 1) take(i, 'left');
  for (let i = centre - 1; i >= 0; i -= 1) take(i, 'right');
  let best = { columns: [...now], cost: cost(links, columnOf) };
  const judge = () => {
    const [crossings, climb] = cost(links, columnOf);
    const [least, low] = best.cost;
    if (crossings < least || (crossings === least && climb < low - 1)) {
      best = { columns: [...now], cost: [crossings, climb] };
    }
  };
  for (let round = 0; round < kRounds && best.cost[0] > 0; round += 1) {
    for (let i = 1; i < now.length; i += 1) take(i, 'left');
    judge();
    for (let i = now.length - 2; i >= 0; i -= 1) take(i, 'right');
    judge();
  }
  best.columns.forEach((column) => stack(column, gap));
  return best.columns;
}

// As near as may be to where each wants to be, in order, apart, and between 0 and `height`: the
// isotonic regression by pooling neighbours (R. Barlow and others, 1972).
function settle(column: readonly Stop[], wanted: readonly number[], gap: number, height: number) {
  let above = 0;
  const offsets = column.map(({ size }) => {
    const own = above;
    above += size + gap;
    return own;
  });
  const room = height - (above - gap);
  const pools: { sum: number; count: number }[] = [];
  wanted.forEach((y, i) => {
    pools.push({ sum: y - offsets[i]!, count: 1 });
    for (;;) {
      const [upper, lower] = [pools.at(-2), pools.at(-1)!];
      if (!upper || upper.sum / upper.count <= lower.sum / lower.count) return;
      pools.splice(-2, 2, { sum: upper.sum + lower.sum, count: upper.count + lower.count });
    }
  });
  const places = pools.flatMap(({ sum, count }) => Array<number>(count).fill(sum / count));
  column.forEach((stop, i) => {
    stop.y = Math.round(offsets[i]! + Math.min(room, Math.max(0, places[i]!)));
  });
}

// Gives the columns their order and each stop its y, 0 to the height that is returned, px. What a
// column holds is `gap` apart; the one of the index `centre` stands in the middle.
export function place(
  columns: readonly Stop[][], links: readonly Link[], centre: number, gap: number) {
  const near = byStop(links);
  const done = ordered(columns, links, centre, gap);
  const height = Math.max(...done.map((column) =>
    column.reduce((sum, { size }) => sum + size + gap, -gap)));
  done.flat().forEach((stop) => void (stop.y += height / 2));
  const take = (column: readonly Stop[], side: Side) => settle(column, column.map((stop) => {
    const others = near[side].get(stop);
    return others ? mean(others.map(middle)) - stop.size / 2 : stop.y;
  }), gap, height);
  done.slice(centre + 1).forEach((column) => take(column, 'left'));
  done.slice(0, centre).reverse().forEach((column) => take(column, 'right'));
  return { columns: done, height };
}
