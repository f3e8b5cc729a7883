// An address of this page that leads nowhere.

import { Empty } from '../parts/states';
import { href } from '../route';

interface Props {
  address: string;
  home?: { text: string; href: string };
}

const kHome = { text: 'All assets', href: href('assets') };

export function UnknownPage({ address, home = kHome }: Props) {
  return (
    <main class="page" id="main">
      <div class="page-head"><h1 tabIndex={-1}>Not found</h1></div>
      <div class="panel">
        <Empty icon="unknown" title="This page has no such view">
          <p>
            Nothing is at <code class="break">{address}</code>. The link may be mistyped or of
            another version.
          </p>
          <a class="button" href={home.href}>{home.text}</a>
        </Empty>
      </div>
    </main>
  );
}
