// Small line icons, 16 x 16, in the colour of the text. Shapes differ, so none relies on colour.

import type { ComponentChildren } from 'preact';

export type IconName = keyof typeof kShapes;

const line = {
  fill: 'none', stroke: 'currentColor', 'stroke-width': 1.6,
  'stroke-linecap': 'round', 'stroke-linejoin': 'round',
} as const;

const path = (d: string) => <path d={d} {...line} />;

const kShapes = {
  ok: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      {path('M5.4 8.2l1.8 1.8 3.4-3.8')}
    </>
  ),
  warning: (
    <>
      {path('M8 2.2 14.4 13.4H1.6z')}
      {path('M8 6.4v3.2M8 11.4v.1')}
    </>
  ),
  critical: (
    <path
      d={'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3z' +
        'M7.1 4l.3 5h1.2l.3-5zM7.2 10.4v1.7h1.6v-1.7z'}
      fill="currentColor" fill-rule="evenodd"
    />
  ),
  stale: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      {path('M8 4.6V8l2.3 1.6')}
    </>
  ),
  unknown: (
    <>
      <circle cx="8" cy="8" r="6" {...line} stroke-dasharray="2 2.2" />
      {path('M6.3 6.3a1.8 1.8 0 1 1 2.3 2c-.4.2-.6.5-.6.9M8 11.2v.1')}
    </>
  ),
  info: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      {path('M8 7.4v3.4M8 5.1v.1')}
    </>
  ),
  cross: path('M4 4l8 8M12 4l-8 8'),
  check: path('M3 8.6l3.2 3.2L13 4.6'),
  pause: path('M5.5 3.5v9M10.5 3.5v9'),
  play: path('M5 3.2v9.6l8-4.8z'),
  search: (
    <>
      <circle cx="7" cy="7" r="4.4" {...line} />
      {path('M10.4 10.4 14 14')}
    </>
  ),
  back: path('M9.8 3 4.8 8l5 5'),
  next: path('M6.2 3l5 5-5 5'),
  down: path('M3.5 6 8 10.5 12.5 6'),
  up: path('M3.5 10 8 5.5 12.5 10'),
  sun: (
    <>
      <circle cx="8" cy="8" r="3" {...line} />
      {path('M8 1.4v1.2M8 13.4v1.2M1.4 8h1.2M13.4 8h1.2M3.3 3.3l.9.9M11.8 11.8l.9.9' +
        'M12.7 3.3l-.9.9M4.2 11.8l-.9.9')}
    </>
  ),
  moon: path('M13.4 9.6A5.8 5.8 0 0 1 6.4 2.6a5.8 5.8 0 1 0 7 7z'),
  auto: (
    <>
      <circle cx="8" cy="8" r="6" {...line} />
      <path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor" />
    </>
  ),
  assets: path('M2.5 3.5h11M2.5 8h11M2.5 12.5h7'),
  bell: path('M8 2a4 4 0 0 1 4 4c0 3.4 1.4 4.6 1.4 5.4H2.6C2.6 10.6 4 9.4 4 6a4 4 0 0 1 4-4z' +
    'M6.6 13.6a1.5 1.5 0 0 0 2.8 0'),
  quality: path('M2 13.5V9.5M6 13.5v-9M10 13.5v-6M14 13.5v-11'),
  config: path('M2 4.5h6M12 4.5h2M2 11.5h2M8 11.5h6M8 2.8v3.4M4 9.8v3.4M12 2.8v3.4M8 9.8v3.4'),
  plug: path('M5.5 1.8v3.4M10.5 1.8v3.4M3.8 5.2h8.4v2.4a4.2 4.2 0 0 1-8.4 0zM8 11.8v2.6'),
  reload: path('M13.2 8A5.2 5.2 0 1 1 11.4 4M13.4 1.8v3.4H10'),
  person: (
    <>
      <circle cx="8" cy="5.2" r="2.7" {...line} />
      {path('M2.8 13.8a5.2 5.2 0 0 1 10.4 0')}
    </>
  ),
  home: path('M2.2 7.4 8 2.4l5.8 5M4 6.4v7.2h8V6.4M6.6 13.4V9.6h2.8v3.8'),
  registry: path('M2.5 2.5h4.4v4.4H2.5zM9.1 2.5h4.4v4.4H9.1zM2.5 9.1h4.4v4.4H2.5z' +
    'M9.1 11.3h4.4M11.3 9.1v4.4'),
  site: path('M1.8 13.8h12.4M3.2 13.6V7l3.4 2.2V7L10 9.2V2.6h2.8v11'),
  machine: (
    <>
      <circle cx="8" cy="8" r="2.2" {...line} />
      {path('M8 1.8v2M8 12.2v2M1.8 8h2M12.2 8h2M3.6 3.6 5 5M11 11l1.4 1.4M12.4 3.6 11 5' +
        'M5 11l-1.4 1.4')}
    </>
  ),
  chip: path('M4 4h8v8H4zM6.4 4V1.8M9.6 4V1.8M6.4 14.2V12M9.6 14.2V12M4 6.4H1.8M4 9.6H1.8' +
    'M14.2 6.4H12M14.2 9.6H12'),
  blueprint: path('M2.2 3.2h11.6v9.6H2.2zM2.2 6.4h11.6M6 6.4v6.4'),
  wave: path('M1.6 8h2.2l1.8-4.8 3 9.6L10.6 8h3.8'),
  document: path('M3.6 1.8h6l2.8 2.8v9.6H3.6zM9.4 1.8v3h3M5.8 8h4.4M5.8 10.8h4.4'),
  flow: (
    <>
      <circle cx="3.4" cy="8" r="1.7" {...line} />
      <circle cx="12.6" cy="3.8" r="1.7" {...line} />
      <circle cx="12.6" cy="12.2" r="1.7" {...line} />
      {path('M5.2 8h1.4c1.8 0 1.6-4.2 4.2-4.2M6.6 8c1.8 0 1.6 4.2 4.2 4.2')}
    </>
  ),
  table: path('M2.2 3h11.6v10H2.2zM2.2 6.4h11.6M2.2 9.7h11.6M6.2 3v10'),
  cube: path('M8 1.7 13.6 4.8v6.4L8 14.3l-5.6-3.1V4.8zM2.6 4.9 8 8l5.4-3.1M8 8v6'),
  layers: path('M8 2 14 5 8 8 2 5zM2.4 8.2 8 11l5.6-2.8M2.4 11.2 8 14l5.6-2.8'),
  shield: path('M8 1.7 13 3.5v4.3c0 3.2-2.2 5.3-5 6.5-2.8-1.2-5-3.3-5-6.5V3.5z'),
  key: (
    <>
      <circle cx="5" cy="8" r="2.9" {...line} />
      {path('M7.9 8h6.3M11.4 8v2.6M14 8v1.8')}
    </>
  ),
  stamp: path('M5.2 10.2 6.4 6.6a2.3 2.3 0 1 1 3.2 0l1.2 3.6M2.6 10.2h10.8v2.2H2.6zM3.6 14.4h8.8'),
  log: (
    <>
      <circle cx="8" cy="3.2" r="1.6" {...line} />
      <circle cx="4" cy="12.8" r="1.6" {...line} />
      <circle cx="12" cy="12.8" r="1.6" {...line} />
      {path('M8 4.8v3M4 11.2V7.8h8v3.4')}
    </>
  ),
  upload: path('M8 10.6V2.4M4.8 5.4 8 2.2l3.2 3.2M2.4 10.4v3.2h11.2v-3.2'),
  more: path('M3 8h.1M8 8h.1M13 8h.1'),
  copy: path('M5.6 5.6h8v8h-8zM10.4 5.4v-3h-8v8h3'),
  edit: path('M2.6 13.4l.7-3L10.6 3 13 5.4l-7.3 7.3zM9.2 4.4l2.4 2.4'),
  trash: path('M2.6 4.2h10.8M6.2 4V2.2h3.6V4M4 4.4l.6 9.2h6.8l.6-9.2'),
  history: path('M2.4 8a5.6 5.6 0 1 0 1.8-4.1M4 1.6v2.8h2.8M8 5v3.2l2.2 1.4'),
  plus: path('M8 3v10M3 8h10'),
  lock: path('M3.4 7.2h9.2v6.6H3.4zM5.4 7V5a2.6 2.6 0 0 1 5.2 0v2M8 9.8v1.6'),
  out: path('M6.4 2.6H2.6v10.8h3.8M6.2 8h8M11 4.8 14.2 8 11 11.2'),
} satisfies Record<string, ComponentChildren>;

export function Icon({ name, size = 16 }: { name: IconName; size?: number }) {
  return (
    <svg class="icon" viewBox="0 0 16 16" width={size} height={size} aria-hidden="true">
      {kShapes[name]}
    </svg>
  );
}

// The mark of Lineside: a trend beside its axes.
export function Mark() {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="26" height="26" aria-hidden="true">
      <rect class="mark-ground" width="32" height="32" rx="7" />
      <path class="mark-axes" d="M7 8v16h18" />
      <path class="mark-trend" d="M12 18l4-5 4 3 5-7" />
    </svg>
  );
}
