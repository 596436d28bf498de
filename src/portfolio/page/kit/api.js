/* The public API, and what can go wrong on the way to it. */

import { language } from "./texts.js";

const PATIENCE_MS = 30_000;
const UPLOAD_PATIENCE_MS = 180_000;

/** Set by the session; read at each request, so that a new key holds at once. */
export const credentials = { key: null, onExpired: () => {} };

/**
 * A request that did not give what was asked for.
 *
 * `kind` is `offline` (no answer came), `expired` (401), `forbidden` (403), `missing` (404),
 * `stale` (412), `invalid` (400, 422), `refused` (409), `busy` (429), `large` (413), `server` (500 and above)
 * or `other`;
 * `problem` is the problem details of the API, or null.
 */
export class ApiError extends Error {
  constructor(kind, status, problem) {
    super(problem?.detail ?? kind);
    this.kind = kind;
    this.status = status;
    this.problem = problem;
  }

  /** What is wrong with each field: JSON pointer to sentence. */
  get fields() {
    return Object.fromEntries((this.problem?.errors ?? []).map((e) => [e.pointer, e.detail]));
  }

  /** The rules that refuse it: `[{rule, detail}]`. */
  get reasons() {
    return this.problem?.reasons ?? [];
  }
}

const KINDS = { 400: "invalid", 401: "expired", 403: "forbidden", 404: "missing", 409: "refused",
  412: "stale", 413: "large", 415: "invalid", 422: "invalid", 428: "stale", 429: "busy" };

function kindOf(status) {
  return KINDS[status] ?? (status >= 500 ? "server" : "other");
}

// What a header can carry of a key: a longer dash or a "…" that came along with it makes it no key at all.
const A_KEY = /^Bearer [\x21-\x7e]+$/;

function headersOf({ body, ifMatch, idempotencyKey, accept, headers = {} }) {
  const sent = { "Accept-Language": language.get(), Accept: accept ?? "application/json" };
  if (credentials.key) sent.Authorization = `Bearer ${credentials.key}`;
  // After the kept key: another one is tried while that is still there.
  Object.assign(sent, headers);
  if (body !== undefined && !(body instanceof FormData)) sent["Content-Type"] = "application/json";
  if (ifMatch) sent["If-Match"] = ifMatch;
  if (idempotencyKey) sent["Idempotency-Key"] = idempotencyKey;
  if (sent.Authorization && !A_KEY.test(sent.Authorization)) throw new ApiError("expired", 401, null);
  // Here, where a value that no header can carry is our mistake and not the network's.
  return new Headers(sent);
}

async function send(method, path, options = {}) {
  const { body, signal } = options;
  const patience = body instanceof FormData ? UPLOAD_PATIENCE_MS : PATIENCE_MS;
  const signals = [AbortSignal.timeout(patience), ...(signal ? [signal] : [])];
  const headers = headersOf(options);
  let response;
  try {
    response = await fetch(path, {
      method,
      headers,
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
      signal: AbortSignal.any(signals),
      cache: "no-store",
      credentials: "omit",
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError("offline", 0, null);
  }
  if (response.ok) return response;
  throw await refusal(response, options.headers?.Authorization);
}

async function refusal(response, ownKey) {
  const problem = await response.json().catch(() => null);
  // A key that is only being tried does not end the session of the one in use.
  if (response.status === 401 && credentials.key && !ownKey) credentials.onExpired();
  return new ApiError(kindOf(response.status), response.status, problem);
}

/** A thing of the API. `{signal, headers}` may be given. */
export async function get(path, options) {
  return (await send("GET", path, options)).json();
}

/** A thing together with its version: `{value, etag}`. */
export async function getVersion(path, options) {
  const response = await send("GET", path, options);
  return { value: await response.json(), etag: response.headers.get("ETag") };
}

/** Every item of a list, page after page; at most `most` of them. */
export async function getAll(path, { most = 20_000, ...options } = {}) {
  const items = [];
  let next = path + (path.includes("?") ? "&" : "?") + "limit=1000";
  while (next && items.length < most) {
    const page = await get(next, options);
    items.push(...page.items);
    next = page.next;
  }
  return items;
}

/**
 * Writes. `options`: `{ifMatch, idempotencyKey, signal}`.
 * Answers `{value, etag, status}`; `value` is null where there is no body.
 */
export async function write(method, path, body, options = {}) {
  const response = await send(method, path, { ...options, body });
  const value = response.status === 204 ? null : await response.json();
  return { value, etag: response.headers.get("ETag"), status: response.status };
}

/** A file: `{blob, filename}`. */
export async function getFile(path, accept, options) {
  const response = await send("GET", path, { accept, ...options });
  const given = response.headers.get("Content-Disposition") ?? "";
  const encoded = /filename\*=UTF-8''([^;]+)/i.exec(given);
  const plain = /filename="?([^";]+)"?/i.exec(given);
  const filename = encoded ? decodeURIComponent(encoded[1]) : (plain?.[1] ?? "portfolio");
  return { blob: await response.blob(), filename };
}

/** A path of the API with its parts escaped: `` path`/v1/programs/${code}` ``. */
export function path(strings, ...values) {
  return strings.reduce((made, text, i) => made + encodeURIComponent(values[i - 1]) + text);
}

/** `?a=1&b=2` of what is not null, undefined or empty; "" of nothing. */
export function query(values) {
  const given = Object.entries(values).filter(([, v]) => v !== null && v !== undefined && v !== "");
  const text = new URLSearchParams(given).toString();
  return text ? `?${text}` : "";
}
