// What manifests would change, asked before anything is stored.

import { applyManifests, diffManifests } from './api';
import type { Difference, Manifests, Outcome } from './api';

export interface Planned extends Omit<Outcome, 'revision'> {
  differences: Difference[];
}

export interface Plan {
  items: Planned[];
  warnings: string[]; // what may be stored and leads to nothing yet
}

// Throws as the hub refuses them.
export async function planOf(manifests: Manifests): Promise<Plan> {
  const { warnings } = await applyManifests(manifests, { dry_run: true });
  const { items } = await diffManifests(manifests);
  return { items, warnings };
}
