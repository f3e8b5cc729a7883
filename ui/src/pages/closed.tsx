// What is shown instead of everything: no session, or no edge.

import { Icon, Mark } from '../parts/icons';
import { whyNoSession } from '../session';
import type { NoSession } from '../session';
import { retryNow, useStore } from '../store';

const kTexts: Record<NoSession, [string, string]> = {
  link: ['This link does not sign you in',
    'It was already used, or this edge does not know it: each link works once, and only until the '
    + 'edge is started again.'],
  ended: ['Your session has ended',
    'A session lasts 12 hours, and ends when the edge is started again.'],
  none: ['You are not signed in', 'This page opens with a link from the edge; each works once.'],
};

export function ExpiredPage() {
  const shown = useStore((s) => s.epoch > 0);
  const [title, text] = kTexts[whyNoSession(shown)];
  return (
    <main class="closed" id="main">
      <Mark />
      <h1>{title}</h1>
      <p>{text}</p>
      <p>
        For a new link, run <code>lineside link --data DIR</code> on the edge's machine, DIR being
        the folder that <code>--data</code> names.
      </p>
      <button type="button" class="button" onClick={() => location.reload()}>
        <Icon name="reload" /> I have signed in
      </button>
    </main>
  );
}

export function FailedPage({ error }: { error: string }) {
  return (
    <main class="closed" id="main">
      <Mark />
      <div class="closed-alert" role="alert">
        <h1>The edge does not answer</h1>
        <p>
          {error.charAt(0).toUpperCase() + error.slice(1)}. The page keeps trying; make sure
          that <code>lineside edge</code> is running on its machine.
        </p>
      </div>
      <button type="button" class="button" onClick={retryNow}>
        <Icon name="reload" /> Try again
      </button>
    </main>
  );
}
