// What the pages of edge and hub share of their contact with the server: what it is called, its
// clock, and who is told when it knows no session.

import { ApiError } from './http';

interface Peer {
  name: string; // as messages call it: "the edge"
  signedOut: () => void;
}

let peer: Peer = { name: 'the edge', signedOut: () => {} };
let clockLead = 0; // the server's clock minus ours, ms

export const peerName = (): string => peer.name;

export function setPeer(next: Peer): void {
  peer = next;
}

// The server's idea of now: relative times must not depend on this device's clock.
export const serverNow = (): number => Date.now() + clockLead;

export function takeServerTime(ms: number): void {
  if (Number.isFinite(ms)) clockLead = ms - Date.now();
}

// Any answer 401 ends what is shown: nothing of it can be trusted to be current.
export function noticeError(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) peer.signedOut();
}
