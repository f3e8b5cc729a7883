// On a phone: the views that have no place in the bar.

import { Icon } from '../../parts/icons';
import { kViews } from '../parts/frame';
import { hubHref } from '../route';
import { useHub } from '../store';
import type { HubState } from '../store';

const kDocs: Record<string, string> = {
  audit: 'Who did what, and proof that nothing was altered',
  access: 'People, roles and tokens',
  apply: 'Change many things at once from YAML or JSON',
};

export function MorePage() {
  const session = useHub((s) => s.session);
  const views = kViews.filter((view) => !view.isTab && view.mayOpen({ session } as HubState));
  return (
    <main class="page" id="main">
      <div class="page-head"><h1 tabIndex={-1}>More</h1></div>
      <ul class="panel more-list">
        {views.map((view) => (
          <li key={view.page}>
            <a href={hubHref(view.page)}>
              <Icon name={view.icon} size={20} />
              <span>
                <strong>{view.name}</strong>
                <span class="quiet small-text">{kDocs[view.page]}</span>
              </span>
              <Icon name="next" size={12} />
            </a>
          </li>
        ))}
        <li>
          <a href={hubHref('account')}>
            <Icon name="person" size={20} />
            <span>
              <strong>{session?.title || session?.person}</strong>
              <span class="quiet small-text">What you may do, password, sign out</span>
            </span>
            <Icon name="next" size={12} />
          </a>
        </li>
      </ul>
    </main>
  );
}
