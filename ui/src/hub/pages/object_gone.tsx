// An object that was deleted: by whom, what it was, and the way back.

import { Icon } from '../../parts/icons';
import { Ago } from '../../parts/time';
import type { Resource } from '../../resource';
import { useResource } from '../../resource';
import { getHistory } from '../api';
import type { Revision } from '../api';
import { permissionText } from '../kinds';
import type { Kind, KindWords } from '../kinds';
import { useMay, useVersion } from '../store';
import { ErasurePanel } from './credentials';
import { History } from './object_history';

// Its deletion; null: it never was, is not to be seen, or is not asked for.
export function useGone(kind: Kind, name: string, isMissing: boolean): Resource<Revision | null> {
  const key = `${kind}/${name}`;
  return useResource(`gone ${isMissing ? key : ''}`, useVersion(key), async () => {
    if (!isMissing) return null;
    const newest = (await getHistory(kind, name, { limit: 1 })).items[0];
    return newest?.change === 'deleted' ? newest : null;
  });
}

export function GoneView({ kind, name, end, onRestored }: {
  kind: KindWords; name: string; end: Revision; onRestored: () => void;
}) {
  const mayWrite = useMay(kind.write);
  return (
    <>
      <div class="object-head">
        <div class="object-title">
          <h1 tabIndex={-1}><Icon name={kind.icon} size={20} /> {name}</h1>
        </div>
        <p class="object-lead">
          This {kind.one.toLowerCase()} was deleted by {end.author || 'somebody'},{' '}
          <Ago time={end.time} />{end.note && `: “${end.note}”`}.
        </p>
        <p class="quiet small-text">
          {mayWrite ? 'Each of its revisions can be restored.'
            : `To restore it takes the right to ${permissionText(kind.write)}.`}
        </p>
      </div>
      <div class="stack">
        <History
          past={{ kind: kind.kind, name, revision: end.revision, isGone: true }}
          onRestored={onRestored}
        />
        {kind.kind === 'Person' && <ErasurePanel person={name} isThere={false} />}
      </div>
    </>
  );
}
