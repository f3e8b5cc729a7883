// Something that a person asks the hub to do: that it runs, and how it failed.

import { useState } from 'preact/hooks';

import { noticeError } from '../contact';

export interface Action {
  busy: boolean;
  error: unknown; // null: none
  run: (act: () => Promise<void>) => Promise<boolean>;
  clear: () => void;
}

export function useAction(): Action {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);
  const run = async (act: () => Promise<void>) => {
    setBusy(true);
    setError(null);
    try {
      await act();
      return true;
    } catch (caught) {
      noticeError(caught);
      setError(caught);
      return false;
    } finally {
      setBusy(false);
    }
  };
  return { busy, error, run, clear: () => setError(null) };
}
