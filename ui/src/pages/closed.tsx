// What is shown instead of everything: no session, or no edge.

import { Icon, Mark } from '../parts/icons';
import { retryNow } from '../store';

export function ExpiredPage() {
  return (
    <main class="closed" id="main">
      <Mark />
      <h1>Your session has ended</h1>
      <p>
        A session lasts 12 hours. Ask for a new link: <code>lineside link</code> prints one on the
        edge's machine, and each link works once.
      </p>
      <button type="button" class="button" onClick={() => location.reload()}>
        <Icon name="reload" /> I have signed in again
      </button>
    </main>
  );
}

export function FailedPage({ error }: { error: string }) {
  return (
    <main class="closed" id="main" role="alert">
      <Mark />
      <h1>The edge does not answer</h1>
      <p>
        {error.charAt(0).toUpperCase() + error.slice(1)}. The page keeps trying; make sure that{' '}
        <code>lineside edge</code> is running on its machine.
      </p>
      <button type="button" class="button" onClick={retryNow}>
        <Icon name="reload" /> Try again
      </button>
    </main>
  );
}
