// The page of a hub.

import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import './style/frame.css';
import './style/form.css';
import './style/registry.css';
import './style/object.css';
import './style/audit.css';
import './style/edges.css';
import './style/narrow.css';

import { UnknownPage } from '../pages/unknown';
import { Mark } from '../parts/icons';
import { AccessPage } from './pages/access';
import { AccountPage } from './pages/account';
import { ApplyPage } from './pages/apply';
import { ApprovalsPage } from './pages/approvals';
import { AuditPage } from './pages/audit';
import { EdgePage } from './pages/edge';
import { EdgesPage } from './pages/edges';
import { EntryPage } from './pages/entry';
import { FailedPage, SetUpPage, SignInPage, WelcomePage } from './pages/entrance';
import { MorePage } from './pages/more';
import { ObjectPage } from './pages/object';
import { OverviewPage } from './pages/overview';
import { RegistryPage } from './pages/registry';
import { Footer, Header, kViews, Notices } from './parts/frame';
import { hubHref, useHubRoute } from './route';
import type { HubRoute } from './route';
import { start, useHub } from './store';

const kHome = { text: 'Overview', href: hubHref('overview') };

function View({ route }: { route: HubRoute }) {
  const [first = '', second = ''] = route.path;
  switch (route.page) {
    case 'registry':
      return second ? <ObjectPage key={`${first}/${second}`} route={route} />
        : <RegistryPage key={first} route={route} />;
    case 'edges':
      return first ? <EdgePage key={first} name={first} /> : <EdgesPage route={route} />;
    case 'approvals':
      return <ApprovalsPage route={route} />;
    case 'audit':
      return first ? <EntryPage key={first} index={Number(first)} /> : <AuditPage route={route} />;
    case 'access':
      return <AccessPage route={route} />;
    case 'apply':
      return <ApplyPage route={route} />;
    case 'account':
      return <AccountPage />;
    case 'more':
      return <MorePage />;
    case 'unknown':
      return <UnknownPage address={first} home={kHome} />;
    default:
      return <OverviewPage />;
  }
}

function useTitle(route: HubRoute): void {
  const hub = useHub((s) => s.status?.hub ?? '');
  const open = useHub((s) => s.status?.approvals_open ?? 0);
  const name = route.path.at(-1)
    ?? kViews.find((view) => view.page === route.page)?.name ?? 'Lineside hub';
  useEffect(() => {
    document.title = `${open > 0 ? `(${open}) ` : ''}${name}${hub ? ` · ${hub}` : ''} · Lineside`;
  }, [hub, open, name]);
}

// After a change of view the keyboard and screen readers go on at its heading.
function useFocusOnChange(route: HubRoute): void {
  const shown = `${route.page}/${route.path.join('/')}`;
  const last = useRef(shown);
  useEffect(() => {
    if (last.current === shown) return;
    const isBeside = route.page === 'approvals' && last.current.startsWith('approvals');
    last.current = shown;
    if (isBeside && matchMedia('(min-width: 1000px)').matches) return;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  });
}

function Waiting() {
  return (
    <main class="closed" id="main">
      <Mark />
      <p role="status">Asking the hub…</p>
    </main>
  );
}

function App() {
  const route = useHubRoute();
  const phase = useHub((s) => s.phase);
  useTitle(route);
  useFocusOnChange(route);
  if (route.page === 'setup') return <SetUpPage token={route.query.get('token') ?? ''} />;
  if (route.page === 'welcome') return (
    <WelcomePage
      person={route.query.get('person') ?? ''} token={route.query.get('token') ?? ''}
    />
  );
  if (phase === 'signed-out') return <SignInPage />;
  if (phase === 'failed') return <FailedPage />;
  if (phase === 'loading') return <Waiting />;
  return (
    <>
      <Header route={route} />
      <Notices />
      <View route={route} />
      <Footer />
    </>
  );
}

export function show(root: HTMLElement): void {
  render(<App />, root);
  start();
}
