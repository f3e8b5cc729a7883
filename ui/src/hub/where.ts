// Where a right may be given: by somebody who has it at some sites only, at those and below alone.

import type { Grant } from './api';
import type { Permission } from './kinds';

export const kEverywhere = '*'; // which no site can be called

export interface SiteName {
  name: string;
  title: string;
  parent: string;
}

export interface Places {
  everywhere: boolean;
  sites: SiteName[];
}

// Of the permissions that somebody has; null: everywhere.
function sitesOf(grants: Grant[], permission: Permission): string[] | null {
  const own = grants.filter((grant) => grant.permission === permission);
  return own.some(({ sites }) => sites === null) ? null : own.flatMap(({ sites }) => sites ?? []);
}

export function placesOf(grants: Grant[], permission: Permission, all: SiteName[]): Places {
  const given = sitesOf(grants, permission);
  if (given === null) return { everywhere: true, sites: all };
  const parents = new Map(all.map(({ name, parent }) => [name, parent]));
  const isWithin = (name: string): boolean => {
    const seen = new Set<string>();
    for (let at = name; at !== '' && !seen.has(at); at = parents.get(at) ?? '') {
      if (given.includes(at)) return true;
      seen.add(at);
    }
    return false;
  };
  return { everywhere: false, sites: all.filter(({ name }) => isWithin(name)) };
}

// What somebody need not choose, because there is no other; else nothing.
export const onlyPlace = ({ everywhere, sites }: Places): string =>
  (!everywhere && sites.length === 1 ? sites[0]!.name : '');
