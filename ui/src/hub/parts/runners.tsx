// On the page of what edges run: which do, and which could not take it over.

import { count } from '../../format';
import { Fault } from '../../parts/states';
import { hubHref } from '../route';
import { kNamed } from '../runners';
import type { Refusal, Runners } from '../runners';

function EdgeLink({ name }: { name: string }) {
  return <a class="break" href={hubHref('edges', [name])}>{name}</a>;
}

export function RunBy({ runners: { names, areMore } }: { runners: Runners }) {
  if (names.length === 0) {
    return <p class="rail-empty quiet">No edge that has joined is to run it.</p>;
  }
  const rest = names.length - kNamed;
  const shown = names.slice(0, kNamed);
  return (
    <p class="rail-empty quiet">
      {names.length === 1 ? 'Edge ' : 'Edges '}
      {shown.map((name, i) => (
        <span key={name}>
          {i > 0 && (rest <= 0 && i === shown.length - 1 ? ' and ' : ', ')}
          <EdgeLink name={name} />
        </span>
      ))}
      {rest > 0 && ` and ${areMore ? 'at least ' : ''}${count(rest)} more`}
      {names.length === 1 ? ' is to run it.' : ' are to run it.'}
    </p>
  );
}

export function Refused({ refusals }: { refusals: Refusal[] }) {
  const rest = refusals.length - kNamed;
  return (
    <>
      {refusals.slice(0, kNamed).map(({ edge, reason, version }) => (
        <Fault
          key={edge} text={
            <>
              Edge <EdgeLink name={edge} /> could not take it over: {reason.replace(/\.$/, '')}.
              {version > 0 && ` It goes on with version ${version} of what it runs.`}
            </>
          }
        />
      ))}
      {rest > 0 && <Fault text={`So could ${count(rest)} more edges not.`} />}
    </>
  );
}
