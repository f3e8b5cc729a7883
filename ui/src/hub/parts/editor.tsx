// A plain text field with line numbers, and marks at the lines that something is wrong with.

import { useRef } from 'preact/hooks';

interface Props {
  label: string;
  text: string;
  onText: (text: string) => void;
  marked: ReadonlySet<number>; // lines, from 1
  placeholder: string;
  box: { current: HTMLTextAreaElement | null };
}

export const kLineHeight = 20; // px, as the style sheet has it
const kPadding = 10;

export function Editor({ label, text, onText, marked, placeholder, box }: Props) {
  const gutter = useRef<HTMLDivElement>(null);
  const bands = useRef<HTMLDivElement>(null);
  const lines = text.split('\n').length;
  const follow = () => {
    const shift = `translateY(${-(box.current?.scrollTop ?? 0)}px)`;
    if (gutter.current) gutter.current.style.transform = shift;
    if (bands.current) bands.current.style.transform = shift;
  };
  return (
    <div class="editor">
      <div class="editor-gutter" aria-hidden="true">
        <div ref={gutter}>
          {Array.from({ length: lines }, (_, i) => (
            <div key={i} class={marked.has(i + 1) ? 'editor-number is-marked' : 'editor-number'}>
              {i + 1}
            </div>
          ))}
        </div>
      </div>
      <div class="editor-field">
        <div class="editor-bands" aria-hidden="true">
          <div ref={bands}>
            {[...marked].map((line) => (
              <div
                key={line} class="editor-band"
                style={{ insetBlockStart: `${kPadding + (line - 1) * kLineHeight}px` }}
              />
            ))}
          </div>
        </div>
        <textarea
          ref={box} value={text} aria-label={label} placeholder={placeholder} spellcheck={false}
          wrap="off" autoComplete="off" onScroll={follow}
          onInput={(event) => onText(event.currentTarget.value)}
        />
      </div>
    </div>
  );
}

// Puts the cursor at the beginning of a line and brings it into sight.
export function goToLine(box: HTMLTextAreaElement, line: number): void {
  const before = box.value.split('\n').slice(0, line - 1).join('\n').length;
  const start = line > 1 ? before + 1 : 0;
  const end = box.value.indexOf('\n', start);
  box.focus();
  box.setSelectionRange(start, end < 0 ? box.value.length : end);
  box.scrollTop = Math.max(0, (line - 4) * kLineHeight);
}
