// An address of this page that leads nowhere.

import { Empty } from '../parts/states';
import { href } from '../route';

export function UnknownPage({ address }: { address: string }) {
  return (
    <main class="page" id="main">
      <div class="page-head"><h1 tabIndex={-1}>Not found</h1></div>
      <div class="panel">
        <Empty icon="unknown" title="This page has no such view">
          <p>
            Nothing is at <code class="break">{address}</code>. The link may be mistyped or of
            another version.
          </p>
          <a class="button" href={href('assets')}>All assets</a>
        </Empty>
      </div>
    </main>
  );
}
