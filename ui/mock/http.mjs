// What both mocks answer with: the page's files, JSON, refusals.

import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';

const kPolicy = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
const kTypes = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css',
  '.svg': 'image/svg+xml',
};

export class Refusal extends Error {
  constructor(status, code, text, more = {}) {
    super(text);
    this.answer = { status, body: { error: { code, text }, ...more } };
  }
}

export async function textOf(request) {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
}

export function sendJson(response, { status, body, headers = {} }) {
  response.writeHead(status, {
    'Content-Type': 'application/json', 'Cache-Control': 'no-store', ...headers,
  });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

export async function sendFile(response, root, url) {
  const path = normalize(url.pathname === '/' ? '/index.html' : url.pathname);
  const bytes = await readFile(join(root, path)).catch(() => null);
  if (!bytes) throw new Refusal(404, 'not_found', `nothing at ${url.pathname}`);
  response.writeHead(200, {
    'Content-Type': kTypes[extname(path)] ?? 'application/octet-stream',
    'Content-Security-Policy': kPolicy, 'X-Content-Type-Options': 'nosniff',
  });
  response.end(bytes);
}
