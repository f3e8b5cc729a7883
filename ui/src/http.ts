// Requests to the server that this page came from, and how they fail.

// An answer other than success, or none: `status` is 0 when the server could not be reached.
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    text: string,
    readonly body: Record<string, unknown> = {},
  ) {
    super(text);
  }

  // The edge's problems are texts.
  get problems(): string[] {
    const { problems } = this.body;
    return Array.isArray(problems) ? problems.filter((each) => typeof each === 'string') : [];
  }
}

export const textOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

const kTimeoutMs = 15_000;
let answeredAt = 0;

// When the server last gave a good answer, ms since 1970 by our clock; 0: never.
export const lastAnswer = (): number => answeredAt;

async function errorOf(response: Response, peer: string): Promise<ApiError> {
  const body = (await response.json().catch(() => null)) as Record<string, unknown> | null;
  const error = body?.error as { code?: string; text?: string } | undefined;
  const text = error?.text ?? `${peer} answered ${response.status}`;
  return new ApiError(response.status, error?.code ?? '', text, body ?? {});
}

// `path` is relative to the API; throws an ApiError for every answer that is not a success.
export async function request(
  peer: string, path: string, init: RequestInit = {}, timeoutMs = kTimeoutMs): Promise<Response> {
  let response: Response;
  try {
    const signal = AbortSignal.timeout(timeoutMs);
    response = await fetch(`/api/v1/${path}`, { credentials: 'same-origin', signal, ...init });
  } catch (error) {
    const late = error instanceof DOMException && error.name === 'TimeoutError';
    const text = late ? `${peer} did not answer in time` : `${peer} could not be reached`;
    throw new ApiError(0, late ? 'timeout' : 'unreachable', text);
  }
  if (!response.ok) throw await errorOf(response, peer);
  answeredAt = Date.now();
  return response;
}

export async function jsonOf<T>(response: Response, peer: string): Promise<T> {
  try {
    return (await response.json()) as T;
  } catch {
    throw new ApiError(response.status, 'invalid', `the answer of ${peer} is not JSON`);
  }
}
