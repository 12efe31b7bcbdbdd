import type { Client } from "../client.js";
import {
  ForbiddenError,
  InvalidArgumentError,
  NotFollowedError,
  PlatformCoreError,
  StaleError,
  UnauthorizedError,
  NoSuchCompanyError,
  ValidationError,
  VersionNotReachedError,
} from "../errors.js";
import { pathOf } from "../path.js";
import type { Surroundings } from "../surroundings.js";
import type { Transport } from "../transport.js";
import type { Entitlements } from "../wire.js";
import { DatabaseClock } from "./clock.js";
import { Follower, type Companies } from "./follower.js";
import { Holdings, type Held } from "./holdings.js";
import type { Span } from "./timeline.js";

/** What a replica holds, and how old it may be. */
export interface ReplicaOptions {
  /** Whose entitlements: those named, or `all` (the caller then needs the scope `companies:read`). */
  readonly companies: Companies;
  /** How old an answer may be, in milliseconds; 1,000 when left out. Beyond it there is none. At least twice the server's `feed.heartbeat_ms`. */
  readonly boundMs?: number;
  /** How many boundaries ahead of each company are held, 0 to 16; 4 when left out. */
  readonly upcoming?: number;
  /** After how much silence the stream is taken for broken, in milliseconds; three times the bound when left out. */
  readonly silenceMs?: number;
  /** By how much a node may lag behind its database's clock, in milliseconds; 50 when left out. At least twice the server's `feed.poll_ms`. */
  readonly clockMarginMs?: number;
  /** Is told that a company was read with another version than before. */
  readonly onVersion?: (companyId: string, version: number) => void;
  /** Is told when the stream reached the present, failed, or everything must be read anew: for logs and metrics. */
  readonly onState?: (state: ReplicaState, error?: unknown) => void;
}

/** How a replica stands: `loading` until it first reached the present, `following` the stream, or `disconnected` from it. */
export type ReplicaState = "loading" | "following" | "disconnected";

/** What to do with an answer that cannot be confirmed within the bound. */
export type Freshness =
  /** No answer: `StaleError`. This is what happens when nothing is said. */
  | "bounded"
  /** An answer that may be so old, in milliseconds. Say why that is right where you say it. */
  | { readonly maxAgeMs: number };

/** An answer of a replica. */
export interface Answer {
  readonly entitlements: Entitlements;
  readonly version: number;
  /** For how long nothing has confirmed it, in milliseconds, at most. */
  readonly ageMs: number;
  /** Where it comes from: this process's memory, or the server. */
  readonly source: "replica" | "server";
}

/** How a replica is, for metrics. */
export interface ReplicaStanding {
  readonly state: ReplicaState;
  readonly companies: number;
  /** How many companies have news that was not read yet. */
  readonly behind: number;
  /** For how long the feed has not been confirmed, in milliseconds; infinite before it was. */
  readonly ageMs: number;
  /** By how much the database's clock is not known, in milliseconds; infinite before it is. */
  readonly clockWidthMs: number;
  readonly position: string | undefined;
  readonly failures: number;
  readonly reloads: number;
}

/**
 * What companies own, in this process: read once, kept by the stream of changes, and exact at boundaries without any message. Whoever cannot be told
 * within the bound that it is still true is not answered: that is a `StaleError`, and your 503.
 */
export class Replica implements AsyncDisposable {
  readonly #boundMs: number;
  readonly #client: Client;
  readonly #surroundings: Surroundings;
  readonly #clock: DatabaseClock;
  readonly #holdings: Holdings;
  readonly #follower: Follower;
  readonly #closing = new AbortController();
  readonly #running: Promise<void>;
  readonly #onState: ReplicaOptions["onState"];
  readonly #ready = deferred();
  #state: ReplicaState = "loading";
  #failures = 0;
  #reloads = 0;

  constructor(options: ReplicaOptions, client: Client, transport: Transport, surroundings: Surroundings) {
    const { companies, boundMs = 1_000, upcoming = 4, clockMarginMs = 50, onVersion = () => undefined } = options;
    checkOptions(companies, boundMs, upcoming, clockMarginMs);
    this.#boundMs = boundMs;
    this.#client = client;
    this.#surroundings = surroundings;
    this.#onState = options.onState;
    this.#clock = new DatabaseClock(clockMarginMs);
    const read = (companyIds: readonly string[], signal: AbortSignal): ReturnType<Client["batch"]> =>
      client.batch(companyIds, { ...(upcoming > 0 ? { upcoming } : {}), consistency: "strong", signal });
    const onFailure = this.#readFailed.bind(this);
    this.#holdings = new Holdings({ read, onVersion, onFailure }, surroundings, this.#closing.signal);
    const news = {
      caughtUp: this.#caughtUp.bind(this),
      failed: this.#failed.bind(this),
      reloaded: this.#reloaded.bind(this),
    };
    const what = {
      companies,
      silenceMs: options.silenceMs ?? 3 * boundMs,
      clock: this.#clock,
      holdings: this.#holdings,
      news,
    };
    this.#follower = new Follower(what, client, transport, surroundings);
    this.#ready.promise.catch(() => undefined);
    this.#running = this.#follower.run(this.#closing.signal);
  }

  /** Resolves once everything was read and the stream reached the present; rejects when the server says that it never will (401, 403, 400). */
  async ready(): Promise<void> {
    await this.#ready.promise;
  }

  /** What a company owns at this moment. Throws where that cannot be confirmed (`StaleError`), or the company is not held or not known. */
  entitlements(companyId: string, freshness: Freshness = "bounded"): Answer {
    const { span, ageMs } = this.#now(companyId, freshness);
    return { entitlements: span.entitlements, version: span.entitlements.entitlementVersion, ageMs, source: "replica" };
  }

  /** Whether a company has a module at this moment. Throws as `entitlements` does: "not known" is never "no". */
  isEnabled(companyId: string, moduleKey: string, freshness: Freshness = "bounded"): boolean {
    return this.#now(companyId, freshness).span.modules.has(moduleKey);
  }

  /** What a company owns: from memory where that is confirmed, else from the server. */
  async ask(
    companyId: string,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    try {
      return this.entitlements(companyId);
    } catch (error) {
      if (!(error instanceof StaleError || error instanceof NotFollowedError)) {
        throw error;
      }
    }
    const entitlements = await this.#client.entitlements(companyId, { ...options, consistency: "strong" });
    return { entitlements, version: entitlements.entitlementVersion, ageMs: 0, source: "server" };
  }

  /** What a company owns at a version or behind it: give the version that a write answered, and the answer contains the write. */
  async waitFor(
    companyId: string,
    version: number,
    options: { readonly signal?: AbortSignal; readonly timeoutMs?: number } = {},
  ): Promise<Answer> {
    this.#mustHold(companyId);
    const { timeoutMs = 5_000 } = options;
    const timeout = AbortSignal.timeout(timeoutMs);
    try {
      await this.#holdings.reached(companyId, version, this.#until(timeout, options.signal));
    } catch (error) {
      throw timeout.aborted
        ? new VersionNotReachedError(companyId, version, this.#mustHold(companyId).timeline?.readVersion)
        : error;
    }
    return this.entitlements(companyId);
  }

  /** Follows one more company from now on; resolves once it was read. */
  async follow(companyId: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    pathOf("{companyId}", { companyId });
    await this.#holdings.reached(companyId, 0, this.#until(options.signal));
  }

  /** Follows a company no longer. */
  unfollow(companyId: string): void {
    this.#holdings.release(companyId);
  }

  /** How the replica is. */
  standing(): ReplicaStanding {
    const now = this.#surroundings.now();
    const hands = this.#clock.at(now);
    return {
      state: this.#state,
      companies: this.#holdings.size,
      behind: this.#holdings.behind,
      ageMs: now - this.#holdings.completeAt,
      clockWidthMs: hands === undefined ? Infinity : (hands.latest - hands.earliest) / 1000,
      position: this.#follower.position,
      failures: this.#failures,
      reloads: this.#reloads,
    };
  }

  /** Ends the stream. Nothing is answered from then on. */
  async close(): Promise<void> {
    const closed = new StaleError("the replica is closed", Infinity);
    this.#closing.abort(closed);
    this.#ready.reject(closed);
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #now(companyId: string, freshness: Freshness): { readonly span: Span; readonly ageMs: number } {
    const held = this.#mustHold(companyId);
    const now = this.#surroundings.now();
    const hands = this.#clock.at(now);
    const ageMs = Math.max(0, now - this.#holdings.completeFor(held));
    const most = freshness === "bounded" ? this.#boundMs : freshness.maxAgeMs;
    if (hands === undefined || !(ageMs <= most) || this.#closing.signal.aborted) {
      throw new StaleError(
        `nothing has confirmed for ${Math.round(ageMs)} ms what company ${companyId} owns; the bound is ${most} ms`,
        ageMs,
      );
    }
    if (held.isUnknown) {
      throw new NoSuchCompanyError(companyId);
    }
    const span = held.timeline?.during(hands);
    if (span === undefined) {
      throw new StaleError(`what company ${companyId} owns behind its last boundary has not been read yet`, ageMs);
    }
    return { span, ageMs };
  }

  #mustHold(companyId: string): Held {
    const held = this.#holdings.get(companyId);
    if (held === undefined) {
      throw new NotFollowedError(companyId);
    }
    return held;
  }

  #until(...signals: (AbortSignal | undefined)[]): AbortSignal {
    return AbortSignal.any([this.#closing.signal, ...signals.filter((signal) => signal !== undefined)]);
  }

  #caughtUp(): void {
    this.#enter("following");
    this.#ready.resolve();
  }

  #readFailed(error: unknown): void {
    this.#note(error);
    this.#onState?.(this.#state, error);
  }

  #failed(error: unknown): void {
    this.#note(error);
    this.#enter(this.#state === "loading" ? "loading" : "disconnected", error);
  }

  #note(error: unknown): void {
    this.#failures += 1;
    const isForGood = [UnauthorizedError, ForbiddenError, ValidationError].some((Class) => error instanceof Class);
    if (isForGood && error instanceof PlatformCoreError) {
      this.#ready.reject(error);
    }
  }

  #reloaded(): void {
    this.#reloads += 1;
    this.#enter("loading");
  }

  #enter(state: ReplicaState, error?: unknown): void {
    if (state !== this.#state || error !== undefined) {
      this.#state = state;
      this.#onState?.(state, error);
    }
  }
}

interface Deferred {
  readonly promise: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

function deferred(): Deferred {
  let [resolve, reject]: [() => void, (error: Error) => void] = [() => undefined, () => undefined];
  const promise = new Promise<void>((resolves, rejects) => {
    [resolve, reject] = [resolves, rejects];
  });
  return { promise, resolve, reject };
}

function checkOptions(companies: Companies, boundMs: number, upcoming: number, clockMarginMs: number): void {
  if (companies !== "all") {
    companies.forEach((companyId) => pathOf("{companyId}", { companyId }));
  }
  if (!(boundMs > 0) || !(clockMarginMs >= 0)) {
    throw new InvalidArgumentError("boundMs must be more than 0 and clockMarginMs not less");
  }
  if (!Number.isInteger(upcoming) || upcoming < 0 || upcoming > 16) {
    throw new InvalidArgumentError("upcoming must be a whole number from 0 to 16");
  }
}
