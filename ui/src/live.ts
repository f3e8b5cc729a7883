// The live link to the edge: server-sent events over fetch, which (unlike EventSource) tells a
// refused sign-in from a broken line and lets a new connection resume where the last one ended.
// Where events do not get through but requests do, it asks at intervals instead.

export interface LiveEvent {
  id: string;
  type: string;
  data: string;
}

// Splits the event stream (WHATWG HTML, section 9.2) into events; keeps what is incomplete.
export class EventParser {
  private rest = '';
  private id = '';
  private type = '';
  private data: string[] = [];

  push(chunk: string): LiveEvent[] {
    const events: LiveEvent[] = [];
    const lines = (this.rest + chunk).split(/\r\n|\n|\r(?!$)/);
    this.rest = lines.pop() ?? '';
    for (const line of lines) {
      if (line !== '') this.field(line);
      else if (this.data.length > 0) events.push(this.take());
      else this.type = '';
    }
    return events;
  }

  private field(line: string): void {
    const colon = line.indexOf(':');
    if (colon === 0) return;
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'data') this.data.push(value);
    else if (name === 'event') this.type = value;
    else if (name === 'id') this.id = value;
  }

  private take(): LiveEvent {
    const event = { id: this.id, type: this.type || 'message', data: this.data.join('\n') };
    this.type = '';
    this.data = [];
    return event;
  }
}

export type Link = 'connecting' | 'live' | 'polling' | 'offline';

export interface LiveTarget {
  // Something came by the stream, be it only the word that it is alive.
  heard(): void;
  event(type: string, data: unknown): void;
  // The stream started anew: what was loaded before may lack events.
  reset(): void;
  link(state: Link, retryAt: number): void;
  expired(): void;
  // Loads what the page shows; rejects when the edge cannot be reached.
  poll(): Promise<void>;
}

const kSilenceMs = 20_000; // the edge sends something at least every 15 s
const kPollMs = 5_000;
const kBackoffMs = [500, 1_000, 2_000, 4_000, 8_000];
const kTriesBeforePolling = 2;

export class LiveLink {
  private abort: AbortController | null = null;
  private lastId = '';
  private failures = 0;
  private wake: (() => void) | null = null;
  private stopped = false;
  private resting = false;

  constructor(private readonly target: LiveTarget, private readonly url: string) {}

  async run(): Promise<void> {
    this.target.link('connecting', 0);
    while (!this.stopped) {
      if (this.resting) {
        await this.wait(null);
        continue;
      }
      try {
        await this.connect();
      } catch {
        // Every way a stream ends is the same here: wait, then try again.
      }
      if (!this.stopped && !this.resting) await this.pauseBeforeRetry();
    }
  }

  stop(): void {
    this.stopped = true;
    this.abort?.abort();
    this.wake?.();
  }

  // Nobody looks: a stream that is held open takes one of the few connections that a browser makes
  // to a server. What happened meanwhile comes with the next stream.
  rest(): void {
    this.resting = true;
    this.abort?.abort();
    this.wake?.();
  }

  resume(): void {
    if (!this.resting) return;
    this.resting = false;
    this.failures = 0;
    this.wake?.();
  }

  // Ends the wait (or the stream, if one is open) and connects at once.
  retryNow(): void {
    this.abort?.abort();
    this.wake?.();
  }

  private async connect(): Promise<void> {
    const abort = new AbortController();
    this.abort = abort;
    let timer = setTimeout(() => abort.abort(), kSilenceMs);
    const headers: Record<string, string> = { Accept: 'text/event-stream' };
    if (this.lastId) headers['Last-Event-ID'] = this.lastId;
    try {
      const response = await fetch(this.url, {
        headers, signal: abort.signal, credentials: 'same-origin', cache: 'no-store',
      });
      if (response.status === 401) return this.expire();
      if (!response.ok || !response.body) throw new Error(`status ${response.status}`);
      if (!this.lastId) this.target.reset();
      this.target.link('live', 0);
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
      const parser = new EventParser();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return;
        clearTimeout(timer);
        timer = setTimeout(() => abort.abort(), kSilenceMs);
        this.failures = 0;
        this.target.heard();
        for (const event of parser.push(value)) this.deliver(event);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private deliver(event: LiveEvent): void {
    if (event.id) this.lastId = event.id;
    if (event.type === 'reset') {
      this.target.reset();
      return;
    }
    let data: unknown;
    try {
      data = JSON.parse(event.data);
    } catch {
      return;
    }
    this.target.event(event.type, data);
  }

  private expire(): void {
    this.stopped = true;
    this.target.expired();
  }

  private async pauseBeforeRetry(): Promise<void> {
    const base = kBackoffMs[Math.min(this.failures, kBackoffMs.length - 1)] ?? kPollMs;
    this.failures += 1;
    let wait = base * (0.8 + 0.4 * Math.random());
    if (this.failures <= kTriesBeforePolling) {
      this.target.link('connecting', Date.now() + wait);
    } else {
      wait = Math.max(wait, kPollMs);
      // What is asked for is complete by itself, so the next stream need not resume.
      const reached = await this.target.poll().then(() => true, () => false);
      if (this.stopped) return;
      this.target.link(reached ? 'polling' : 'offline', Date.now() + wait);
    }
    await this.wait(wait);
  }

  // Until woken, or for so many milliseconds.
  private async wait(ms: number | null): Promise<void> {
    await new Promise<void>((resolve) => {
      const timer = ms === null ? undefined : setTimeout(resolve, ms);
      this.wake = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    this.wake = null;
  }
}
