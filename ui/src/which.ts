// Whether this page came from an edge or from a hub.

export type ServerKind = 'edge' | 'hub';

const kKey = 'lineside.server';
const kTimeoutMs = 15_000;
const kAskAgainMs = 5_000;

const ask = (path: string) => fetch(`/api/v1/${path}`, {
  credentials: 'same-origin', signal: AbortSignal.timeout(kTimeoutMs),
});

// Both keep their status from whoever has no session; only a hub describes its API to anybody.
async function ofStranger(refusal: Response): Promise<ServerKind> {
  const body = (await refusal.json().catch(() => null)) as { hub?: unknown } | null;
  if (typeof body?.hub === 'string') return 'hub';
  return await isHub() ? 'hub' : 'edge';
}

// Whether to ask first for what only a hub has, and gives to anybody: a hub writes into its audit
// log that a stranger was refused its status, and an edge's browser complains of what is not there.
export function isLikelyHub(
  { hash, protocol }: Pick<Location, 'hash' | 'protocol'>, known: ServerKind | null): boolean {
  if (/^#\/(setup|welcome)\b/.test(hash)) return true;
  return known ? known === 'hub' : protocol === 'https:';
}

async function isHub(): Promise<boolean> {
  const description = await ask('openapi.json');
  await description.body?.cancel();
  return description.ok;
}

async function asked(): Promise<ServerKind | null> {
  try {
    if (isLikelyHub(location, remembered()) && await isHub()) return 'hub';
    const response = await ask('status');
    if (response.status === 401) return await ofStranger(response);
    if (!response.ok) return null;
    const status = (await response.json()) as { hub?: unknown };
    return status.hub === undefined ? 'edge' : 'hub';
  } catch {
    return null;
  }
}

function remembered(): ServerKind | null {
  try {
    const kind = localStorage.getItem(kKey);
    return kind === 'edge' || kind === 'hub' ? kind : null;
  } catch {
    return null;
  }
}

function remember(kind: ServerKind): void {
  try {
    localStorage.setItem(kKey, kind);
  } catch {
    // Without storage it is asked anew each time, as it is anyway.
  }
}

// A server that does not answer is taken for what it was when it last did. Where that is unknown,
// the edge's page says that it waits, and goes on being right or is loaded anew.
export async function serverKind(): Promise<ServerKind> {
  const kind = await asked();
  if (kind) remember(kind);
  const assumed = kind ?? remembered() ?? 'edge';
  if (!kind) {
    const timer = setInterval(async () => {
      const now = await asked();
      if (!now) return;
      clearInterval(timer);
      remember(now);
      if (now !== assumed) location.reload();
    }, kAskAgainMs);
  }
  return assumed;
}
