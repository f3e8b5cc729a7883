// Why there is no session: what the page can tell from how it was opened.

const kKey = 'lineside.signed-in';

// Notes in this browser that it had a session with this edge.
export function rememberSession(): void {
  try {
    localStorage.setItem(kKey, 'yes');
  } catch {
    // Without storage a session that ends while the page is closed is told as none.
  }
}

function hadSession(): boolean {
  try {
    return localStorage.getItem(kKey) !== null;
  } catch {
    return false;
  }
}

// The edge answers a link by leading on to the page, with a session if it knew the link.
function cameByLink(): boolean {
  const [entry] = performance.getEntriesByType('navigation') as PerformanceNavigationTiming[];
  return (entry?.redirectCount ?? 0) > 0;
}

export type NoSession = 'link' | 'ended' | 'none';

// `shown`: the page was signed in since it was opened.
export function whyNoSession(
  shown: boolean, byLink = cameByLink(), had = hadSession()): NoSession {
  if (shown) return 'ended';
  if (byLink) return 'link';
  return had ? 'ended' : 'none';
}
