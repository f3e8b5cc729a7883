// One page for edge and hub: asks which of them it came from, and loads that one's views.

import './style/tokens.css';
import './style/base.css';
import './style/frame.css';
import './style/controls.css';
import './style/parts.css';
import './style/assets.css';
import './style/alerts.css';
import './style/facts.css';
import './style/narrow.css';

import { serverKind } from './which';

const root = document.getElementById('app')!;

if (await serverKind() === 'hub') {
  const { show } = await import('./hub/app');
  show(root);
} else {
  const { show } = await import('./edge');
  show(root);
}
