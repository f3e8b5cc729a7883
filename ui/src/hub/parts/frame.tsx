// What stands above every view of the hub: where to go, whether it is current, who is signed in.

import { serverNow } from '../../contact';
import { clock, count } from '../../format';
import { Icon, Mark } from '../../parts/icons';
import type { IconName } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { useSecond } from '../../parts/time';
import { ClockSwitch, Skip, ThemeSwitch } from '../../parts/tools';
import { useResource } from '../../resource';
import { useSettings } from '../../settings';
import { getApprovals } from '../api';
import { hubHref } from '../route';
import type { HubPage, HubRoute } from '../route';
import { lastContact, may, retryNow, useHub, useVersion } from '../store';
import type { HubState } from '../store';

interface ViewRow {
  page: HubPage;
  name: string;
  icon: IconName;
  isTab: boolean; // stands in the bar of a phone; the others are behind "More"
  mayOpen: (state: HubState) => boolean;
}

const any = () => true;
export const kViews: readonly ViewRow[] = [
  { page: 'overview', name: 'Overview', icon: 'home', isTab: true, mayOpen: any },
  { page: 'registry', name: 'Registry', icon: 'registry', isTab: true, mayOpen: any },
  { page: 'edges', name: 'Edges', icon: 'chip', isTab: true, mayOpen: any },
  { page: 'approvals', name: 'Approvals', icon: 'stamp', isTab: true, mayOpen: any },
  {
    page: 'audit', name: 'Audit', icon: 'log', isTab: false,
    mayOpen: (s) => may(s.session, 'read_audit'),
  },
  {
    page: 'access', name: 'Access', icon: 'key', isTab: false,
    mayOpen: (s) => may(s.session, 'read_people') || may(s.session, 'manage_tokens'),
  },
  { page: 'apply', name: 'Apply', icon: 'upload', isTab: false, mayOpen: any },
];

const kBehindMore: readonly HubPage[] = ['audit', 'access', 'apply', 'account', 'more'];

// How many requests wait for exactly this person's word.
function useMine(): number {
  const open = useHub((s) => s.status?.approvals_open ?? 0);
  const { data } = useResource(`mine ${open > 0}`, useVersion('approvals'), async () =>
    (open > 0 ? (await getApprovals('requested')).items : []));
  return data?.filter((each) => each.may_decide).length ?? 0;
}

function Views({ page }: { page: HubPage }) {
  const open = useMine();
  const session = useHub((s) => s.session);
  const state = { session } as HubState;
  return (
    <nav class="views hub-views" aria-label="Views">
      {kViews.filter((view) => view.mayOpen(state)).map((view) => (
        <a
          key={view.page} href={hubHref(view.page)} class={view.isTab ? undefined : 'wide-only'}
          aria-current={page === view.page ? 'page' : undefined}
        >
          <Icon name={view.icon} />
          <span>{view.name}</span>
          {view.page === 'approvals' && open > 0 && (
            <span class="count-badge num">
              {open}
              <span class="sr-only"> waiting</span>
            </span>
          )}
        </a>
      ))}
      <a
        href={hubHref('more')} class="narrow-only"
        aria-current={kBehindMore.includes(page) ? 'page' : undefined}
      >
        <Icon name="more" />
        <span>More</span>
      </a>
    </nav>
  );
}

function LiveMark() {
  const link = useHub((s) => s.link);
  const word = {
    live: 'Live', connecting: 'Connecting', polling: 'Every 5 s', offline: 'Offline',
  }[link];
  return (
    <span class={`live live-${link}`} role="status">
      <span class="live-dot" aria-hidden="true" />
      {word}
    </span>
  );
}

export function Header({ route }: { route: HubRoute }) {
  const status = useHub((s) => s.status);
  const session = useHub((s) => s.session);
  return (
    <header class="top">
      <Skip />
      <div class="top-inner">
        <a
          class="brand" href={hubHref('overview')} title={`Lineside hub ${status?.version ?? ''}`}
        >
          <Mark />
          <span class="brand-text">
            <span class="edge-name">{status?.hub || 'Lineside hub'}</span>
          </span>
        </a>
        <Views page={route.page} />
        <div class="tools">
          <LiveMark />
          <ClockSwitch />
          <ThemeSwitch />
          <a
            class="tool tool-text account-link" href={hubHref('account')}
            aria-current={route.page === 'account' ? 'page' : undefined}
            title={`Signed in as ${session?.title || session?.person}`}
          >
            <Icon name="person" />
            <span class="account-name">{session?.person}</span>
          </a>
        </div>
      </div>
    </header>
  );
}

export function Notices() {
  useSecond();
  const { utc } = useSettings();
  const link = useHub((s) => s.link);
  const retryAt = useHub((s) => s.retryAt);
  if (link !== 'offline' && link !== 'polling') return <div class="notices" />;
  const wait = Math.max(0, Math.ceil((retryAt - Date.now()) / 1000));
  const since = lastContact() > 0 ? ` since ${clock(lastContact(), utc)}` : '';
  return (
    <div class="notices">
      {link === 'polling' ? (
        <Fault
          tone="info" action="Connect now" onAction={retryNow}
          text="Live events do not get through; the page asks the hub every few seconds instead."
        />
      ) : (
        <Fault
          action="Try now" onAction={retryNow}
          text={`No contact with the hub${since}. What you see is from then. ` +
            `Next try in ${wait} s.`}
        />
      )}
    </div>
  );
}

export function Footer() {
  useSecond();
  const status = useHub((s) => s.status);
  const { utc } = useSettings();
  if (!status) return null;
  return (
    <footer class="foot">
      <span>Lineside hub {status.version}</span>
      <a href="/api/v1/openapi.json">API</a>
      <span class="num">
        {clock(serverNow(), utc)} {utc ? 'UTC' : 'local'}
        {!utc && <> · {clock(serverNow(), true)} UTC</>}
      </span>
    </footer>
  );
}

interface Crumb {
  text: string;
  href: string;
}

// The way back above a heading.
export function Crumbs({ crumbs }: { crumbs: Crumb[] }) {
  return (
    <nav class="crumbs" aria-label="Where this is">
      {crumbs.map(({ text, href }, i) => (
        <span key={href}>
          {i > 0 && <Icon name="next" size={11} />}<a href={href}>{text}</a>
        </span>
      ))}
    </nav>
  );
}

interface TabsProps {
  label: string;
  current: string;
  tabs: { id: string; text: string; href: string; count?: number }[];
}

export function Tabs({ label, current, tabs }: TabsProps) {
  return (
    <nav class="tabs" aria-label={label}>
      {tabs.map(({ id, text, href, count: some }) => (
        <a key={id} href={href} aria-current={id === current ? 'page' : undefined}>
          {text}
          {some !== undefined && <span class="num filter-count"> {count(some)}</span>}
        </a>
      ))}
    </nav>
  );
}
