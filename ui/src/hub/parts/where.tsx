// The field in which somebody says where a right shall hold. Nothing is chosen beforehand: what is
// given everywhere by mistake is hard to notice.

import { useEffect, useState } from 'preact/hooks';

import { listObjects } from '../api';
import type { CatalogObject } from '../api';
import type { Permission } from '../kinds';
import { wordsOf } from '../kinds';
import { useHub } from '../store';
import { kEverywhere, onlyPlace, placesOf } from '../where';
import type { Places, SiteName } from '../where';
import { NameField, SelectField } from './form';

const kOffered = 200;

const nameOf = ({ name, spec }: CatalogObject): SiteName =>
  ({ name, title: String(spec.title ?? ''), parent: String(spec.parent ?? '') });

// All sites where they are few enough to pick from, else null; undefined while they are asked for.
function useSites(): SiteName[] | null | undefined {
  const [sites, setSites] = useState<SiteName[] | null | undefined>(undefined);
  useEffect(() => {
    let here = true;
    listObjects(wordsOf('Site').segment, { limit: kOffered }).then((page) => {
      if (here) setSites(page.next ? null : page.items.map(nameOf));
    }, () => here && setSites(null));
    return () => void (here = false);
  }, []);
  return sites;
}

interface Props {
  permission: Permission; // what it takes to give it
  value: string; // a site, kEverywhere or nothing yet
  onValue: (value: string) => void;
  required?: boolean;
  fault?: string;
}

const kAtSite = 'site';
const kHint = 'Every site, and those that are still to come.';

// Where there are too many sites to pick from: everywhere, or a name.
function TypedWhere({ mayEverywhere, value, onValue, required, fault }: {
  mayEverywhere: boolean;
} & Omit<Props, 'permission'>) {
  const [way, setWay] = useState(value === kEverywhere || value === '' ? value : kAtSite);
  const choose = (next: string) => {
    setWay(next);
    onValue(next === kEverywhere ? kEverywhere : '');
  };
  const site = (
    <NameField
      kind="Site" label={mayEverywhere ? 'Site' : 'Where'} required={required} fault={fault}
      value={value === kEverywhere ? '' : value} onValue={onValue}
    />
  );
  if (!mayEverywhere) return site;
  return (
    <>
      <SelectField
        label="Where" value={way} onValue={choose} required={required}
        hint={way === kEverywhere && kHint}
        options={[['', 'choose'], [kEverywhere, 'everywhere'], [kAtSite, 'at one site']]}
      />
      {way === kAtSite && site}
    </>
  );
}

export function WhereField({ permission, ...props }: Props) {
  const grants = useHub((s) => s.session?.permissions) ?? [];
  const sites = useSites();
  const places: Places = placesOf(grants, permission, sites ?? []);
  const only = onlyPlace(places);
  useEffect(() => {
    if (only !== '' && props.value === '') props.onValue(only);
  }, [only]);
  if (sites === null) return <TypedWhere mayEverywhere={places.everywhere} {...props} />;
  const text = ({ name, title }: SiteName) =>
    (title && title !== name ? `${name} (${title})` : name);
  const { value, onValue, required, fault } = props;
  return (
    <SelectField
      label="Where" value={value} onValue={onValue} required={required} fault={fault}
      hint={value === kEverywhere && kHint}
      options={[
        ['', 'choose'], ...(places.everywhere ? [[kEverywhere, 'everywhere'] as const] : []),
        ...places.sites.map((site) => [site.name, text(site)] as const),
      ]}
    />
  );
}
