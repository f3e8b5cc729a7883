// The way in: sign-in, the first set-up, the welcome of somebody invited; and no hub at all.

import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

import { ApiError, textOf } from '../../http';
import { Icon, Mark } from '../../parts/icons';
import { Fault } from '../../parts/states';
import { setUp, signIn, welcome } from '../api';
import type { Session } from '../api';
import { TextField } from '../parts/form';
import { hubHref } from '../route';
import { begin, retryNow, useHub } from '../store';

const kPasswordLeast = 12;

interface EntranceProps {
  title: string;
  lead: ComponentChildren;
  action: string;
  working: string;
  onEnter: () => Promise<Session>;
  fault: () => string; // what is not filled in yet
  after?: string; // where to go on
  children: ComponentChildren;
}

function refusal(error: unknown): string {
  if (error instanceof ApiError && error.status === 429) {
    return 'Too many attempts. Wait a moment, then try again.';
  }
  const text = textOf(error);
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}.`;
}

function Entrance(props: EntranceProps) {
  const { title, lead, action, working, onEnter, fault, after, children } = props;
  const [error, setError] = useState('');
  const [busy, setBusy] = useState(false);
  const enter = async (event: Event) => {
    event.preventDefault();
    const found = fault();
    setError(found);
    if (found !== '') return;
    setBusy(true);
    try {
      await begin(await onEnter());
      if (after) location.replace(after);
    } catch (caught) {
      setError(refusal(caught));
    }
    setBusy(false);
  };
  return (
    <main class="entrance" id="main">
      <form class="panel entrance-card" onSubmit={enter} noValidate aria-label={title}>
        <div class="entrance-head">
          <Mark />
          <div>
            <h1 tabIndex={-1}>{title}</h1>
            <p class="quiet">{lead}</p>
          </div>
        </div>
        {children}
        {error && <Fault text={error} />}
        <button type="submit" class="button primary" disabled={busy}>
          {busy ? working : action}
        </button>
      </form>
      <p class="note entrance-foot">Lineside hub at {location.host}</p>
    </main>
  );
}

export function SignInPage() {
  const ended = useHub((s) => s.wasSignedIn);
  const [person, setPerson] = useState('');
  const [password, setPassword] = useState('');
  const fault = () => (person.trim() === '' || password === ''
    ? 'Enter your name and your password.' : '');
  return (
    <Entrance
      title="Sign in" action="Sign in" working="Signing in…" fault={fault}
      lead={ended ? 'Your session has ended. You come back to where you were.'
        : 'The registry, the approvals and the audit log of your plant.'}
      onEnter={() => signIn(person.trim(), password)}
    >
      <TextField
        label="Name" value={person} onValue={setPerson} autoComplete="username" required autoFocus
      />
      <TextField
        label="Password" type="password" value={password} onValue={setPassword} required
        autoComplete="current-password"
      />
      <p class="note">
        Forgotten? Somebody who may manage people can send you a new link.
      </p>
    </Entrance>
  );
}

function passwordFault(password: string, again: string): string {
  if ([...password].length < kPasswordLeast) {
    return `A password has at least ${kPasswordLeast} characters; a sentence is easy to keep.`;
  }
  return password === again ? '' : 'The two passwords differ.';
}

function NewPassword(props: {
  password: string; again: string; onPassword: (text: string) => void;
  onAgain: (text: string) => void;
}) {
  return (
    <>
      <TextField
        label="Password" type="password" value={props.password} onValue={props.onPassword} required
        autoComplete="new-password" hint={`At least ${kPasswordLeast} characters.`}
      />
      <TextField
        label="Password again" type="password" value={props.again} onValue={props.onAgain} required
        autoComplete="new-password"
      />
    </>
  );
}

const kNamePattern = /^[A-Za-z0-9_:][A-Za-z0-9._:-]{0,127}$/;

export function SetUpPage({ token }: { token: string }) {
  const [person, setPerson] = useState('');
  const [title, setTitle] = useState('');
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const fault = () => {
    if (token === '') return 'The address lacks its token: copy the whole link.';
    if (person.trim() === '') return 'Enter the name that you will sign in with.';
    if (!kNamePattern.test(person)) return 'A name is of letters, digits and . _ - without blanks.';
    return passwordFault(password, again);
  };
  return (
    <Entrance
      title="Set up this hub" action="Make the first account" working="Making it…" fault={fault}
      lead="You become its admin: you invite the others, and every step is in the audit log."
      onEnter={() => setUp({ token, person, title: title.trim(), password })}
      after={hubHref('overview')}
    >
      <TextField
        label="Name to sign in with" value={person} onValue={setPerson} required autoFocus
        autoComplete="username" placeholder="anna"
      />
      <TextField
        label="Full name" value={title} onValue={setTitle} autoComplete="name"
        placeholder="Anna Berg"
      />
      <NewPassword
        password={password} again={again} onPassword={setPassword} onAgain={setAgain}
      />
    </Entrance>
  );
}

export function WelcomePage({ person, token }: { person: string; token: string }) {
  const [password, setPassword] = useState('');
  const [again, setAgain] = useState('');
  const fault = () => (token === '' ? 'The address lacks its token: copy the whole link.'
    : passwordFault(password, again));
  return (
    <Entrance
      title="Welcome" action="Set the password and sign in" working="Signing in…" fault={fault}
      lead="Somebody made an account for you. Choose a password; the link works once."
      onEnter={() => welcome(token, password)} after={hubHref('overview')}
    >
      {person && (
        <p class="entrance-name">
          Your name here: <strong class="break">{person}</strong>. You sign in with it from now on.
        </p>
      )}
      {/* Where a browser that keeps passwords finds whose it is. */}
      {person && (
        <input type="text" autoComplete="username" value={person} hidden readOnly />
      )}
      <NewPassword
        password={password} again={again} onPassword={setPassword} onAgain={setAgain}
      />
    </Entrance>
  );
}

export function FailedPage() {
  const error = useHub((s) => s.error);
  return (
    <main class="closed" id="main">
      <Mark />
      <div class="closed-alert" role="alert">
        <h1>The hub does not answer</h1>
        <p>
          {error.charAt(0).toUpperCase() + error.slice(1)}. Edges go on without it; make sure
          that <code>lineside hub</code> is running on its machine.
        </p>
      </div>
      <button type="button" class="button" onClick={retryNow}>
        <Icon name="reload" /> Try again
      </button>
    </main>
  );
}
