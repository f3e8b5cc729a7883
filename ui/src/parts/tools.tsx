// Switches that stand in the header of every page.

import { serverNow } from '../contact';
import { clock } from '../format';
import { changeSettings, useSettings } from '../settings';
import type { Theme } from '../settings';
import { Icon } from './icons';
import type { IconName } from './icons';
import { useSecond } from './time';

export function ClockSwitch() {
  useSecond();
  const { utc } = useSettings();
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const text = utc ? `UTC. Show local times (${zone})` : `Local times (${zone}). Show UTC`;
  return (
    <button
      type="button" class="tool tool-text" title={text} aria-pressed={utc}
      onClick={() => changeSettings({ utc: !utc })}
    >
      <span class="clock num">{clock(serverNow(), utc)} </span>
      {utc ? 'UTC' : 'Local'}
    </button>
  );
}

const kThemes: Record<Theme, [Theme, IconName, string]> = {
  auto: ['light', 'auto', 'Colours follow the system. Switch to light'],
  light: ['dark', 'sun', 'Light colours. Switch to dark'],
  dark: ['auto', 'moon', 'Dark colours. Follow the system'],
};

export function ThemeSwitch() {
  const { theme } = useSettings();
  const [next, icon, text] = kThemes[theme];
  return (
    <button
      type="button" class="tool" title={text} aria-label={text}
      onClick={() => changeSettings({ theme: next })}
    >
      <Icon name={icon} />
    </button>
  );
}

// Addresses after # are views, so the usual link to an anchor cannot do this.
const toContent = () => document.querySelector<HTMLElement>('main h1')?.focus();

export function Skip() {
  return (
    <button type="button" class="skip" onClick={toContent}>Skip to the content</button>
  );
}
