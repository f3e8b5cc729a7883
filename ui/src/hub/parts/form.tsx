// Fields, dialogs and texts to copy.

import type { ComponentChildren } from 'preact';
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

import { Icon } from '../../parts/icons';
import { listObjects } from '../api';
import { wordsOf } from '../kinds';
import type { Kind } from '../kinds';

interface TextProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: ComponentChildren;
  type?: 'text' | 'password' | 'email' | 'number' | 'datetime-local';
  required?: boolean;
  autoComplete?: string;
  placeholder?: string;
  options?: readonly string[]; // to pick from, beside anything else
  min?: number;
  autoFocus?: boolean;
  fault?: string; // what is wrong with the value
}

const describedBy = (id: string, hint: unknown, fault?: string): string | undefined =>
  [hint && `${id}-hint`, fault && `${id}-fault`].filter(Boolean).join(' ') || undefined;

function FieldFault({ id, text }: { id: string; text?: string }) {
  return text ? <p class="field-fault" id={`${id}-fault`} role="alert">{text}</p> : null;
}

export function TextField(props: TextProps) {
  const { label, value, onValue, hint, options, autoFocus, fault, type = 'text', ...rest } = props;
  const id = useId();
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (autoFocus) box.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <input
        {...rest} ref={box} id={id} type={type} value={value} spellcheck={false}
        list={options ? `${id}-options` : undefined}
        aria-describedby={describedBy(id, hint, fault)} aria-invalid={fault ? 'true' : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      <FieldFault id={id} text={fault} />
      {options && (
        <datalist id={`${id}-options`}>
          {options.map((option) => <option key={option} value={option} />)}
        </datalist>
      )}
      {hint && <p class="note" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface AreaProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  hint?: string;
  placeholder?: string;
  required?: boolean;
  rows?: number;
}

export function AreaField({ label, value, onValue, hint, rows = 3, ...rest }: AreaProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea
        {...rest} id={id} rows={rows} value={value}
        aria-describedby={hint ? `${id}-hint` : undefined}
        onInput={(event) => onValue(event.currentTarget.value)}
      />
      {hint && <p class="note" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  onValue: (value: string) => void;
  options: readonly (readonly [value: string, text: string])[];
  hint?: ComponentChildren;
  hidden?: boolean; // the label is read out, and not shown
  required?: boolean;
  autoFocus?: boolean;
  fault?: string;
}

export function SelectField(props: SelectProps) {
  const { label, value, onValue, options, hint, hidden, required, autoFocus, fault } = props;
  const id = useId();
  const box = useRef<HTMLSelectElement>(null);
  useEffect(() => {
    if (autoFocus) box.current?.focus();
  }, []);
  return (
    <div class="field">
      <label for={id} class={hidden ? 'sr-only' : undefined}>{label}</label>
      <select
        ref={box} id={id} value={value} required={required}
        aria-describedby={describedBy(id, hint, fault)} aria-invalid={fault ? 'true' : undefined}
        onChange={(event) => onValue(event.currentTarget.value)}
      >
        {options.map(([each, text]) => <option key={each} value={each}>{text}</option>)}
      </select>
      <FieldFault id={id} text={fault} />
      {hint && <p class="note" id={`${id}-hint`}>{hint}</p>}
    </div>
  );
}

const kOffered = 50;

// Names of objects that begin with what is typed.
export function useNames(kind: Kind | '', prefix: string): string[] {
  const [names, setNames] = useState<string[]>([]);
  useEffect(() => {
    if (!kind) return setNames([]);
    let here = true;
    const timer = setTimeout(() => {
      // Without names to pick from one still can be typed.
      listObjects(wordsOf(kind).segment, { prefix, limit: kOffered }).then(
        (page) => here && setNames(page.items.map((item) => item.name)), () => {});
    }, 150);
    return () => {
      here = false;
      clearTimeout(timer);
    };
  }, [kind, prefix]);
  return names;
}

export function NameField({ kind, ...props }: TextProps & { kind: Kind }) {
  return <TextField {...props} options={useNames(kind, props.value)} autoComplete="off" />;
}

// All objects of a kind where they are few enough to pick from; null: not known, or too many.
function useFew(kind: Kind): [name: string, text: string][] | null {
  const [few, setFew] = useState<[string, string][] | null>(null);
  useEffect(() => {
    let here = true;
    setFew(null);
    // Who may not see them still can type a name.
    listObjects(wordsOf(kind).segment, { limit: kOffered + 1 }).then((page) => {
      if (!here || page.items.length > kOffered) return;
      setFew(page.items.map(({ name, spec }) =>
        [name, spec.title && spec.title !== name ? `${name} (${String(spec.title)})` : name]));
    }, () => {});
    return () => void (here = false);
  }, [kind]);
  return few;
}

// The name of an object that is there already. `none` says what it means to choose nothing.
export function ChoiceField({ kind, none, ...props }: TextProps & { kind: Kind; none: string }) {
  const few = useFew(kind);
  const { label, value, onValue, hint, required, autoFocus, fault } = props;
  if (!few || few.length === 0 || (value !== '' && !few.some(([name]) => name === value))) {
    return <NameField {...props} kind={kind} />;
  }
  return (
    <SelectField
      label={label} value={value} onValue={onValue} options={[['', none], ...few]}
      hint={hint} required={required} autoFocus={autoFocus} fault={fault}
    />
  );
}

interface DialogProps {
  title: string;
  onClose: () => void;
  wide?: boolean;
  children: ComponentChildren;
}

// In front of the page; Escape and the cross close it.
export function Dialog({ title, onClose, wide, children }: DialogProps) {
  const box = useRef<HTMLDialogElement>(null);
  const id = useId();
  // Before the effects of what is inside: one of its fields may want the focus.
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const dialog = box.current;
    dialog?.showModal();
    return () => {
      dialog?.close(); // what is behind an open one takes no focus
      before?.focus?.();
    };
  }, []);
  return (
    <dialog
      ref={box} class={wide ? 'dialog wide' : 'dialog'} aria-labelledby={id}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
    >
      <div class="dialog-head">
        <h2 id={id}>{title}</h2>
        <button type="button" class="tool" aria-label="Close" onClick={onClose}>
          <Icon name="cross" />
        </button>
      </div>
      <div class="dialog-body">{children}</div>
    </dialog>
  );
}

// Selects the text where the browser does not let pages copy.
async function copy(text: string, box: HTMLElement | null): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    if (box) getSelection()?.selectAllChildren(box);
    return false;
  }
}

export function CopyText({ text, label }: { text: string; label: string }) {
  const box = useRef<HTMLElement>(null);
  const [said, setSaid] = useState('');
  const onClick = async () =>
    setSaid(await copy(text, box.current) ? 'Copied' : 'Selected: copy it with the keyboard');
  return (
    <div class="copy">
      <code class="copy-text" ref={box} tabIndex={0} aria-label={label}>{text}</code>
      <button type="button" class="button small" onClick={onClick}>
        <Icon name="copy" size={14} /> Copy<span class="sr-only"> {label}</span>
      </button>
      <span class="copy-said" role="status">{said}</span>
    </div>
  );
}
