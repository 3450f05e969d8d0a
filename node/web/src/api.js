// Asking the node that served this page. Errors are problem documents (RFC 9457); their detail says what to do.

export class Problem extends Error {
  constructor(status, document, headers) {
    super(document.detail ?? document.title ?? `HTTP ${status}`);
    this.status = status;
    this.code = document.code ?? '';
    this.document = document;
    this.headers = headers;
  }
}

export async function problem_of(response) {
  let document = {};
  try {
    document = await response.json();
  } catch {
    // an answer without a document: its status has to do
  }
  return new Problem(response.status, document, response.headers);
}

export async function get(path, {signal} = {}) {
  const response = await fetch(path, {signal, headers: {accept: 'application/json'}});
  if (!response.ok) throw await problem_of(response);
  return response.json();
}

export async function get_bytes(path, {signal} = {}) {
  const response = await fetch(path, {signal});
  if (!response.ok) throw await problem_of(response);
  return new Uint8Array(await response.arrayBuffer());
}

export async function post(path, body) {
  const response = await fetch(path, {
    method: 'POST',
    headers: {'content-type': 'application/json'},
    body: JSON.stringify(body),
  });
  if (!response.ok) throw await problem_of(response);
  return response.json();
}

/** A list's page: {items, next, …}. */
export function page(path, cursor, limit = 25, options = {}) {
  const query = new URLSearchParams({limit: String(limit)});
  if (cursor) query.set('cursor', cursor);
  return get(path + (path.includes('?') ? '&' : '?') + query, options);
}
