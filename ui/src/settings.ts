// What this browser remembers: colour scheme, local time or UTC, the operator's name.

import { useEffect, useState } from 'preact/hooks';

export type Theme = 'auto' | 'light' | 'dark';

export interface Settings {
  theme: Theme;
  utc: boolean;
  author: string;
}

const kKey = 'lineside.settings';
const kDefaults: Settings = { theme: 'auto', utc: false, author: '' };

function read(): Settings {
  try {
    const stored = JSON.parse(localStorage.getItem(kKey) ?? '{}') as Partial<Settings>;
    return { ...kDefaults, ...stored };
  } catch {
    return kDefaults;
  }
}

let settings = read();
const listeners = new Set<() => void>();

function applyTheme(): void {
  const root = document.documentElement;
  if (settings.theme === 'auto') delete root.dataset.theme;
  else root.dataset.theme = settings.theme;
}

export function changeSettings(change: Partial<Settings>): void {
  settings = { ...settings, ...change };
  try {
    localStorage.setItem(kKey, JSON.stringify(settings));
  } catch {
    // Without storage the choice lasts as long as the page.
  }
  applyTheme();
  for (const listener of [...listeners]) listener();
}

export function useSettings(): Settings {
  const [, redraw] = useState(0);
  useEffect(() => {
    const listener = () => redraw((n) => n + 1);
    listeners.add(listener);
    return () => void listeners.delete(listener);
  }, []);
  return settings;
}

const dark = matchMedia('(prefers-color-scheme: dark)');

// The colours in force, for what is drawn rather than styled; changes when the theme does.
export function useThemeName(): 'light' | 'dark' {
  const { theme } = useSettings();
  const [system, setSystem] = useState(dark.matches);
  useEffect(() => {
    const changed = () => setSystem(dark.matches);
    dark.addEventListener('change', changed);
    return () => dark.removeEventListener('change', changed);
  }, []);
  if (theme !== 'auto') return theme;
  return system ? 'dark' : 'light';
}

applyTheme();
