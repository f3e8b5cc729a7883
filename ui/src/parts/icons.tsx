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
