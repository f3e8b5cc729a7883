// The page of an edge.

import { render } from 'preact';
import { useEffect, useRef } from 'preact/hooks';

import { AlertsPage } from './pages/alerts';
import { AssetPage } from './pages/asset';
import { AssetsPage } from './pages/assets';
import { ExpiredPage, FailedPage } from './pages/closed';
import { ConfigPage } from './pages/config';
import { QualityPage } from './pages/quality';
import { UnknownPage } from './pages/unknown';
import { Footer, Header, Notices } from './parts/header';
import { useRoute } from './route';
import type { Route } from './route';
import { start, useStore } from './store';

const kTitles = {
  assets: 'Assets', alerts: 'Alerts', quality: 'Data quality', config: 'Configuration',
};

function View({ route }: { route: Route }) {
  if (route.unknown) return <UnknownPage address={route.unknown} />;
  if (route.page === 'alerts') return <AlertsPage id={route.id} />;
  if (route.page === 'quality') return <QualityPage />;
  if (route.page === 'config') return <ConfigPage />;
  return route.id ? <AssetPage key={route.id} name={route.id} /> : <AssetsPage />;
}

function useTitle(route: Route): void {
  const edge = useStore((s) => s.status?.edge ?? '');
  const open = useStore((s) => s.status?.counts.alerts_open ?? 0);
  const name = route.page === 'assets' && route.id ? route.id : kTitles[route.page];
  useEffect(() => {
    const alerts = open > 0 ? `(${open}) ` : '';
    document.title = `${alerts}${name}${edge ? ` · ${edge}` : ''} · Lineside`;
  }, [edge, open, name]);
}

// After a change of view the keyboard and screen readers go on at its heading.
function useFocusOnChange(route: Route): void {
  const last = useRef(route);
  useEffect(() => {
    const was = last.current;
    last.current = route;
    if (was.page === route.page && was.id === route.id && was.unknown === route.unknown) return;
    // Beside a list that stays, the focus stays in the list.
    const isBeside = route.page === 'alerts' && was.page === 'alerts';
    if (isBeside && matchMedia('(min-width: 1000px)').matches) return;
    document.querySelector<HTMLElement>('main h1')?.focus({ preventScroll: true });
  });
}

function App() {
  const route = useRoute();
  const phase = useStore((s) => s.phase);
  const error = useStore((s) => s.error);
  useTitle(route);
  useFocusOnChange(route);
  if (phase === 'expired') return <ExpiredPage />;
  if (phase === 'failed') return <FailedPage error={error} />;
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
