// The operator's answer to an alert.

import { useId, useState } from 'preact/hooks';

import { giveVerdict } from '../api';
import type { AlertView, Judgement, NewVerdict, Verdict } from '../api';
import { noticeError } from '../contact';
import { changeSettings, useSettings } from '../settings';
import { takeVerdict, useStore } from '../store';
import { judgementIcon, judgementWord, VerdictChip } from './badge';
import { Icon } from './icons';
import { Fault } from './states';
import { When } from './time';

const kJudgements: [Judgement, string][] = [
  ['confirmed', 'Something was wrong'],
  ['false', 'All was well'],
  ['unsure', 'Cannot tell yet'],
];

// Limits in bytes of UTF-8, as the edge counts them.
const kMax = { cause: 200, note: 2000, author: 100 };

const size = (text: string) => new TextEncoder().encode(text).length;

function faultOf(verdict: Judgement | '', fields: Omit<NewVerdict, 'verdict'>): string {
  if (verdict === '') return 'Choose a verdict first.';
  if (fields.author.trim() === '') return 'Enter your name: a verdict needs an author.';
  for (const key of ['cause', 'note', 'author'] as const) {
    const over = size(fields[key]) - kMax[key];
    if (over > 0) return `The ${key} is ${over} bytes longer than the ${kMax[key]} that fit.`;
  }
  return '';
}

function Choice(props: { name: string; value: Judgement; hint: string; chosen: string;
  onChoose: (value: Judgement) => void }) {
  const { name, value, hint, chosen, onChoose } = props;
  return (
    <label class={`choice verdict-${value}`}>
      <input
        type="radio" name={name} value={value} checked={chosen === value}
        onChange={() => onChoose(value)}
      />
      <span class="choice-face">
        <Icon name={judgementIcon(value)} />
        <span class="choice-text">
          <strong>{judgementWord(value)}</strong>
          <small>{hint}</small>
        </span>
      </span>
    </label>
  );
}

function useKnownCauses(): string[] {
  const alerts = useStore((s) => s.alerts);
  const causes = [...alerts.values()].flatMap((a) => a.verdicts.map((v) => v.cause));
  return [...new Set(causes.filter((cause) => cause !== ''))].sort().slice(0, 50);
}

interface FieldsProps {
  id: string;
  cause: string;
  note: string;
  author: string;
  change: (fields: { cause?: string; note?: string; author?: string }) => void;
}

function Fields({ id, cause, note, author, change }: FieldsProps) {
  const causes = useKnownCauses();
  return (
    <>
      <div class="field">
        <label for={`${id}-cause`}>Cause</label>
        <input
          id={`${id}-cause`} name="cause" list={`${id}-causes`} value={cause} autoComplete="off"
          placeholder="for example worn seal"
          onInput={(e) => change({ cause: e.currentTarget.value })}
        />
        <datalist id={`${id}-causes`}>
          {causes.map((known) => <option key={known} value={known} />)}
        </datalist>
      </div>
      <div class="field">
        <label for={`${id}-note`}>Note</label>
        <textarea
          id={`${id}-note`} name="note" rows={3} value={note}
          placeholder="what was found, what was done"
          onInput={(e) => change({ note: e.currentTarget.value })}
        />
      </div>
      <div class="field">
        <label for={`${id}-author`}>
          Your name <span class="quiet">(required)</span>
        </label>
        <input
          id={`${id}-author`} name="author" value={author} autoComplete="name" required
          aria-describedby={`${id}-unverified`}
          onInput={(e) => change({ author: e.currentTarget.value })}
        />
        <p class="note" id={`${id}-unverified`}>
          Stored as typed and marked unverified: this page does not check names.
        </p>
      </div>
    </>
  );
}

export function VerdictForm({ alert, onStored }: { alert: AlertView; onStored: () => void }) {
  const id = useId();
  const settings = useSettings();
  const [verdict, setVerdict] = useState<Judgement | ''>('');
  const [fields, setFields] = useState({ cause: '', note: '', author: settings.author });
  const [fault, setFault] = useState('');
  const [sending, setSending] = useState(false);

  const send = async (event: Event) => {
    event.preventDefault();
    const found = faultOf(verdict, fields);
    setFault(found);
    if (found !== '' || verdict === '') return;
    setSending(true);
    try {
      const author = fields.author.trim();
      takeVerdict(await giveVerdict(alert.id, { verdict, ...fields, author }));
      changeSettings({ author });
      onStored();
    } catch (error) {
      noticeError(error);
      setFault(`Not stored: ${error instanceof Error ? error.message : String(error)}.`);
    } finally {
      setSending(false);
    }
  };

  return (
    <form class="verdict-form" onSubmit={send} noValidate aria-label="Your verdict">
      <fieldset class="choices">
        <legend class="sr-only">Verdict</legend>
        {kJudgements.map(([value, hint]) => (
          <Choice
            key={value} name={`${id}-verdict`} value={value} hint={hint} chosen={verdict}
            onChoose={setVerdict}
          />
        ))}
      </fieldset>
      <Fields
        id={id} {...fields} change={(change) => setFields((was) => ({ ...was, ...change }))}
      />
      {fault && <Fault text={fault} />}
      <button type="submit" class="button primary" disabled={sending}>
        {sending ? 'Storing…' : 'Store verdict'}
      </button>
    </form>
  );
}

export function VerdictList({ verdicts }: { verdicts: Verdict[] }) {
  return (
    <ol class="verdicts">
      {verdicts.map((v) => (
        <li key={v.time + v.author} class="verdict">
          <div class="verdict-head">
            <VerdictChip verdict={v.verdict} />
            {v.cause && <strong>{v.cause}</strong>}
          </div>
          {v.note && <p class="verdict-note">{v.note}</p>}
          <p class="quiet small-text">
            {v.author || 'no name'}
            {v.author_verified ? '' : ' (unverified)'} · <When time={v.time} short />
          </p>
        </li>
      ))}
    </ol>
  );
}
