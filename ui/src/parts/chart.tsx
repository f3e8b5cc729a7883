// One series against time (uPlot): history, then live; thresholds and alert periods behind it.

import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';

import { axisNumbers, axisTimes } from '../format';
import { lonePoints } from '../history';
import type { Track } from '../history';
import { useSettings, useThemeName } from '../settings';

export interface Line {
  value: number;
  text: string;
  tone: 'warning' | 'critical' | 'info';
  minor?: boolean; // drawn thin, without a text
}

export interface Period {
  from: number;
  to: number | null; // null: it lasts
  tone: 'warning' | 'critical' | 'info';
}

export interface ChartProps {
  track: Track;
  label: string; // what a screen reader says of it
  height: number;
  range: () => [number, number]; // of the time axis
  sync: string; // charts of one name share the pointer
  lines?: Line[];
  periods?: Period[];
  small?: boolean;
  onPoint?: (time: number | null, value: number | null) => void;
}

const color = (name: string) =>
  getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

const toneColor = (tone: Line['tone']) => color(tone === 'info' ? 'accent' : tone);

// Values fill the height with a little air; a flat line stays in the middle, and noise far below
// a value's size is not blown up to fill the chart.
function valueRange(
  min: number | null, max: number | null, lines: Line[]): uPlot.Range.MinMax {
  if (min === null || max === null) [min, max] = [0, 1];
  for (const line of lines) {
    min = Math.min(min, line.value);
    max = Math.max(max, line.value);
  }
  const least = Math.max(Math.abs(min), Math.abs(max)) * 1e-4 || 1;
  const air = Math.max((max - min) * 0.09, least / 2);
  return [min - air, max + air];
}

// Shades below the grid, or the lines at the top above it.
function drawPeriods(u: uPlot, periods: Period[], isTop: boolean): void {
  const { left, top, width, height } = u.bbox;
  const { ctx } = u;
  ctx.save();
  for (const period of periods) {
    const from = Math.max(left, u.valToPos(period.from, 'x', true));
    const end = period.to === null ? left + width : u.valToPos(period.to, 'x', true);
    const to = Math.min(left + width, end);
    if (to <= left || from >= left + width) continue;
    ctx.fillStyle = toneColor(period.tone);
    ctx.globalAlpha = isTop ? 0.9 : 0.1;
    ctx.fillRect(from, top, Math.max(to - from, 2), isTop ? 2 * devicePixelRatio : height);
  }
  ctx.restore();
}

function drawLines(u: uPlot, lines: Line[]): void {
  const { left, width } = u.bbox;
  const { ctx } = u;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * ratio}px ${color('font-sans')}`;
  ctx.textBaseline = 'bottom';
  ctx.textAlign = 'left';
  for (const line of lines) {
    const y = Math.round(u.valToPos(line.value, 'y', true)) + 0.5;
    ctx.strokeStyle = toneColor(line.tone);
    ctx.globalAlpha = line.minor ? 0.55 : 1;
    ctx.lineWidth = ratio;
    ctx.setLineDash(line.minor ? [1.5 * ratio, 4 * ratio] : [6 * ratio, 4 * ratio]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    if (line.minor) continue;
    ctx.setLineDash([]);
    ctx.lineJoin = 'round';
    ctx.lineWidth = 3 * ratio;
    ctx.strokeStyle = color('surface');
    ctx.strokeText(line.text, left + 6 * ratio, y - 3 * ratio);
    ctx.fillStyle = toneColor(line.tone);
    ctx.fillText(line.text, left + 6 * ratio, y - 3 * ratio);
  }
  ctx.restore();
}

function axesOf(props: ChartProps, utc: boolean): uPlot.Axis[] {
  const font = `11px ${color('font-sans')}`;
  const look: uPlot.Axis = {
    stroke: color('muted'),
    font,
    grid: { stroke: color('chart-grid'), width: 1 },
    ticks: { show: false },
    gap: 4,
  };
  return [
    {
      ...look,
      size: (_u, texts) => (texts?.some((text) => text.includes('\n')) ? 36 : 22),
      lineGap: 1.2,
      space: props.small ? 72 : 86,
      values: (_u, marks, _axis, _space, step) => axisTimes(marks, step, utc, Date.now()),
    },
    {
      ...look,
      size: 50,
      space: props.small ? 18 : 34,
      // A series that does not move is its one value; finer marks around it say nothing.
      splits: (u, _axis, low, high, step) => {
        const { min, max } = u.series[1] ?? {};
        const isFlat = (props.lines ?? []).length === 0 && min !== null && min === max;
        return isFlat && min !== undefined ? [min] : marksOf(low, high, step);
      },
      values: (_u, marks, _axis, _space, step) => axisNumbers(marks, step),
    },
  ];
}

function marksOf(low: number, high: number, step: number): number[] {
  const marks: number[] = [];
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high * (1 + 1e-12); i += 1) {
    marks.push(i * step);
  }
  return marks;
}

const kRightPx = 24; // half of the widest time, which may stand at the right end

function optionsOf(props: ChartProps, width: number, utc: boolean): uPlot.Options {
  const lines = props.lines ?? [];
  return {
    width,
    height: props.height,
    ms: 1,
    tzDate: (ms) => (utc ? uPlot.tzDate(new Date(ms), 'Etc/UTC') : new Date(ms)),
    padding: [8, kRightPx, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false, setScale: false },
      points: { size: 7, width: 1.5, fill: color('surface'), stroke: color('chart-line') },
      sync: { key: props.sync, setSeries: false },
    },
    scales: {
      x: { time: true, range: () => props.range() },
      y: { range: (_u, min, max) => valueRange(min, max, lines) },
    },
    axes: axesOf(props, utc),
    series: [
      {},
      {
        stroke: color('chart-line'),
        width: props.small ? 1.25 : 1.75,
        points: {
          show: (u) => (u.data[0]?.length ?? 0) < 40,
          filter: (u, _series, isShown) =>
            (isShown ? null : lonePoints(u.data[1] as (number | null)[])),
          size: 4, fill: color('chart-line'),
        },
      },
    ],
    hooks: {
      drawClear: [(u) => drawPeriods(u, props.periods ?? [], false)],
      draw: [
        (u) => drawPeriods(u, props.periods ?? [], true),
        (u) => drawLines(u, lines),
      ],
      setCursor: [
        (u) => {
          const at = u.cursor.left !== undefined && u.cursor.left >= 0 ? u.cursor.idx : null;
          const time = at == null ? null : (u.data[0]?.[at] ?? null);
          props.onPoint?.(time, at == null ? null : (u.data[1]?.[at] ?? null));
        },
      ],
    },
  };
}

export function Chart(props: ChartProps) {
  const box = useRef<HTMLDivElement>(null);
  const theme = useThemeName();
  const { utc } = useSettings();
  const latest = useRef(props);
  latest.current = props;
  const look = JSON.stringify([props.lines, props.height, props.small, props.sync, theme, utc]);

  useEffect(() => {
    const element = box.current!;
    const { track } = props;
    const data = (): uPlot.AlignedData => [track.times, track.values];
    const live: ChartProps = {
      ...props,
      range: () => latest.current.range(),
      get periods() {
        return latest.current.periods;
      },
      onPoint: (time, value) => latest.current.onPoint?.(time, value),
    };
    const plot = new uPlot(optionsOf(live, element.clientWidth || 300, utc), data(), element);
    let frame = 0;
    const draw = () => {
      frame = 0;
      plot.setData(data());
    };
    const stop = track.listen(() => (frame ||= requestAnimationFrame(draw)));
    const resized = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: props.height });
    });
    resized.observe(element);
    return () => {
      stop();
      resized.disconnect();
      cancelAnimationFrame(frame);
      plot.destroy();
    };
  }, [props.track, look]);

  return <div class="chart" ref={box} role="img" aria-label={props.label} />;
}
