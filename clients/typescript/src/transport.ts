import {
  apiError,
  CursorExpiredError,
  DeadlineError,
  InvalidArgumentError,
  NoAnswerError,
  PlatformCoreError,
  UnexpectedAnswerError,
  type Detail,
  type Preview,
} from "./errors.js";
import { ApiKey, type ApiKeySource } from "./key.js";
import { reasonOf, type Surroundings } from "./surroundings.js";

/** How often and how long a call is tried. */
export interface Patience {
  /** How long a call may take with all its attempts, in milliseconds. */
  readonly timeoutMs: number;
  /** How long one attempt may take, in milliseconds. */
  readonly attemptTimeoutMs: number;
  /** Most attempts of one call. */
  readonly maxAttempts: number;
  /** The pause before the second attempt is at most this, in milliseconds; it doubles from then on, and is drawn at random below that. */
  readonly backoffMs: number;
  /** The longest pause that is drawn, in milliseconds. `Retry-After` may ask for a longer one. */
  readonly maxBackoffMs: number;
}

/** What every call takes. */
export interface CallOptions {
  /** The name of the request in the server's log; drawn when left out. */
  readonly requestId?: string;
  /** Gives up when it is aborted; the call then rejects with its reason. */
  readonly signal?: AbortSignal;
  /** How long the call may take with all its attempts, in milliseconds. */
  readonly timeoutMs?: number;
}

/** A request. Whoever sends it again must mean the same: reads do, and writes do by their idempotency key. */
export interface Asked {
  readonly method: "GET" | "POST" | "PUT" | "DELETE";
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly headers?: Readonly<Record<string, string | undefined>>;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
  readonly requestId?: string;
}

/** A successful answer; `data` is `undefined` for 304. */
export interface Answered {
  readonly status: number;
  readonly data: unknown;
  readonly warnings: readonly Detail[];
  /** Of a dry run of a company write. */
  readonly preview?: Preview;
}

/** Sends requests: with the key, within time, again where that is right. */
export class Transport {
  readonly #base: URL;
  readonly #key: ApiKey;
  readonly #patience: Patience;
  readonly #surroundings: Surroundings;

  constructor(url: string, key: ApiKeySource, patience: Patience, surroundings: Surroundings) {
    this.#base = baseOf(url);
    this.#key = new ApiKey(key);
    this.#patience = patience;
    this.#surroundings = surroundings;
  }

  /** Sends a request, and again while that may help, until its time is over. */
  async send(request: Asked, options: CallOptions = {}): Promise<Answered> {
    const { now, pause, uniqueKey } = this.#surroundings;
    const asked = { ...request, requestId: headerText("requestId", options.requestId ?? uniqueKey(), 128) };
    const deadline = now() + (options.timeoutMs ?? this.#patience.timeoutMs);
    for (let attempt = 1; ; attempt += 1) {
      options.signal?.throwIfAborted();
      try {
        return await this.#attempt(asked, Math.min(deadline - now(), this.#patience.attemptTimeoutMs), options.signal);
      } catch (error) {
        if (!(error instanceof PlatformCoreError) || !error.retryable || attempt >= this.#patience.maxAttempts) {
          throw error;
        }
        const wait = this.#waitAfter(attempt, error);
        if (now() + wait >= deadline) {
          throw error;
        }
        await pause(wait, options.signal);
      }
    }
  }

  /**
   * Opens a stream of server-sent events: one attempt, whose answer must begin within `withinMs`. The body then goes on until the signal is
   * aborted.
   */
  async open(
    path: string,
    headers: Record<string, string>,
    withinMs: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Uint8Array>> {
    const asked: Asked = { method: "GET", path, headers: { accept: "text/event-stream", ...headers } };
    const response = await this.#fetch(asked, withinMs, signal, (response) => Promise.resolve(response));
    if (response.ok && response.body !== null && isEventStream(response)) {
      return response.body;
    }
    if (response.ok) {
      throw new UnexpectedAnswerError(
        `${path} answered ${response.status} with something else than events`,
        response.status,
      );
    }
    return this.#refused(asked, response, await response.text());
  }

  /** How long to wait after a failed attempt: a random part of a pause that doubles, after whatever the server asked for. */
  #waitAfter(attempt: number, error: PlatformCoreError): number {
    const { backoffMs, maxBackoffMs } = this.#patience;
    const drawn = this.#surroundings.random() * Math.min(maxBackoffMs, backoffMs * 2 ** (attempt - 1));
    const askedFor = "retryAfterMs" in error && typeof error.retryAfterMs === "number" ? error.retryAfterMs : 0;
    return askedFor + drawn;
  }

  async #attempt(asked: Asked, withinMs: number, signal: AbortSignal | undefined): Promise<Answered> {
    const [response, text] = await this.#fetch(
      asked,
      withinMs,
      signal,
      async (response): Promise<[Response, string]> => [response, await response.text()],
    );
    if (response.status === 304) {
      return { status: 304, data: undefined, warnings: [] };
    }
    return response.ok ? successIn(asked, response, text) : this.#refused(asked, response, text);
  }

  /** Sends once and reads with `read`, within a time. */
  async #fetch<T>(
    asked: Asked,
    withinMs: number,
    signal: AbortSignal | undefined,
    read: (response: Response) => Promise<T>,
  ): Promise<T> {
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort(reasonOf(signal));
    };
    signal?.addEventListener("abort", stop, { once: true });
    const late = new DOMException("too late", "TimeoutError");
    const timer = setTimeout(
      () => {
        controller.abort(late);
      },
      Math.max(0, withinMs),
    );
    let isStream = false;
    try {
      const response = await this.#surroundings.fetch(this.#urlOf(asked), await this.#init(asked, controller.signal));
      isStream = isEventStream(response) && response.ok;
      return await read(response);
    } catch (error) {
      signal?.throwIfAborted();
      if (error instanceof PlatformCoreError) {
        throw error;
      }
      const isLate = controller.signal.reason === late;
      const { idempotencyKey, requestId } = asked;
      const unanswered = { idempotencyKey, requestId, cause: isLate ? undefined : error };
      const what = `${asked.method} ${asked.path}`;
      throw isLate
        ? new DeadlineError(`${what} was not answered within ${Math.round(withinMs)} ms`, unanswered)
        : new NoAnswerError(`${what} was not answered: ${messageOf(error)}`, unanswered);
    } finally {
      clearTimeout(timer);
      // A stream that was opened goes on until its signal is aborted.
      if (!isStream) {
        signal?.removeEventListener("abort", stop);
      }
    }
  }

  async #init(asked: Asked, signal: AbortSignal): Promise<RequestInit> {
    const headers = new Headers({ accept: "application/json" });
    for (const [name, value] of Object.entries(asked.headers ?? {})) {
      if (value !== undefined) {
        headers.set(name, value);
      }
    }
    if (asked.requestId !== undefined) {
      headers.set("x-request-id", asked.requestId);
    }
    if (asked.idempotencyKey !== undefined) {
      headers.set("idempotency-key", asked.idempotencyKey);
    }
    headers.set("x-internal-api-key", await this.#key.reveal());
    const init: RequestInit = { method: asked.method, headers, signal, redirect: "manual" };
    if (asked.body !== undefined) {
      headers.set("content-type", "application/json");
      init.body = JSON.stringify(asked.body);
    }
    return init;
  }

  #urlOf(asked: Asked): URL {
    const url = new URL(asked.path.slice(1), this.#base);
    for (const [name, value] of Object.entries(asked.query ?? {})) {
      if (value !== undefined) {
        url.searchParams.set(name, String(value));
      }
    }
    return url;
  }

  #refused(asked: Asked, response: Response, text: string): never {
    const error = envelopeIn(text)?.error as { code?: unknown; message?: unknown; details?: unknown } | undefined;
    const isProxy = [429, 502, 503, 504].includes(response.status);
    if (typeof error?.code !== "string" && !isProxy && response.status !== 410) {
      throw new UnexpectedAnswerError(
        `${asked.method} ${asked.path} answered ${response.status} without platform-core's envelope`,
        response.status,
      );
    }
    const failure = {
      code: typeof error?.code === "string" ? error.code : "service_unavailable",
      message: typeof error?.message === "string" ? error.message : `answered ${response.status}`,
      status: response.status,
      details: Array.isArray(error?.details) ? (error.details as Detail[]) : [],
      requestId: response.headers.get("x-request-id") ?? asked.requestId,
      retryAfterMs: retryAfterOf(response.headers.get("retry-after")),
      idempotencyKey: asked.idempotencyKey,
      version: versionOf(response.headers.get("etag")),
    };
    throw response.status === 410 ? new CursorExpiredError({ ...failure, code: "cursor_expired" }) : apiError(failure);
  }
}

/** The version in an entity tag. */
function versionOf(etag: string | null): number | undefined {
  const digits = /^"(\d{1,16})"$/.exec(etag ?? "")?.[1];
  return digits === undefined ? undefined : Number(digits);
}

function successIn(asked: Asked, response: Response, text: string): Answered {
  const envelope = envelopeIn(text);
  if (envelope?.success !== true || envelope.data === undefined) {
    throw new UnexpectedAnswerError(
      `${asked.method} ${asked.path} answered ${response.status} without platform-core's envelope`,
      response.status,
    );
  }
  const warnings = Array.isArray(envelope.warnings) ? (envelope.warnings as Detail[]) : [];
  const answered = { status: response.status, data: envelope.data, warnings };
  return envelope.preview === undefined ? answered : { ...answered, preview: envelope.preview as Preview };
}

interface Envelope {
  readonly success?: unknown;
  readonly data?: unknown;
  readonly warnings?: unknown;
  readonly preview?: unknown;
  readonly error?: unknown;
}

function envelopeIn(text: string): Envelope | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEventStream(response: Response): boolean {
  return response.headers.get("content-type")?.startsWith("text/event-stream") === true;
}

/** `Retry-After` in milliseconds: seconds, or an instant. */
export function retryAfterOf(value: string | null, wallMs: number = Date.now()): number | undefined {
  if (value === null) {
    return undefined;
  }
  const ms = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - wallMs;
  return Number.isFinite(ms) ? Math.max(0, ms) : undefined;
}

function baseOf(url: string): URL {
  const base = URL.canParse(url) ? new URL(url) : undefined;
  if (base === undefined || !["http:", "https:"].includes(base.protocol)) {
    throw new InvalidArgumentError("url must be an http or https address, such as `http://core.internal:8080`");
  }
  if (base.username !== "" || base.password !== "" || base.search !== "" || base.hash !== "") {
    throw new InvalidArgumentError("url must be an address alone, without credentials, query or fragment");
  }
  if (!base.pathname.endsWith("/")) {
    base.pathname += "/";
  }
  return base;
}

/** A text that can stand in a header. `fetch` would refuse any other in words of its own. */
export function headerText(name: string, value: string, most: number): string {
  if (value.length > most || !/^[!-~]([ -~]*[!-~])?$/.test(value)) {
    throw new InvalidArgumentError(
      `${name} must be 1 to ${most} printable ASCII characters, the first and the last no space`,
    );
  }
  return value;
}

/** What `fetch` says stands in the cause of its error. */
function messageOf(error: unknown): string {
  if (!(error instanceof Error)) {
    return "for a reason that was not told";
  }
  const { cause } = error;
  return cause instanceof Error && cause.message !== "" ? cause.message : error.message;
}
