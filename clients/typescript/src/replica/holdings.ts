import { microsOf } from "../instant.js";
import { reasonOf, type Surroundings } from "../surroundings.js";
import type { BatchEntry, Change } from "../wire.js";
import type { Hands } from "./clock.js";
import { Timeline } from "./timeline.js";

/** Most companies of one request: its answer stays below a megabyte. */
const BATCH = 500;
/** Most requests at once. */
const MOST_AT_ONCE = 4;
/** Pauses before what could not be read is asked for again, in milliseconds: drawn below the first, doubled up to the second. */
const [BACKOFF_MS, MAX_BACKOFF_MS] = [50, 2_000];

/** What is known of a company. */
export interface Held {
  readonly companyId: string;
  /** What it owns; `undefined` while nothing is known, or where the server does not know the company. */
  timeline: Timeline | undefined;
  /** Whether the server said that it does not know the company. */
  isUnknown: boolean;
  /** When the read was begun that brought this: it knew everything committed until then. */
  readAt: number;
  /** The last news that a read has yet to bring: its number, the version that it named, and until when nothing was missing before it. */
  news: { readonly number: number; readonly version: number; readonly completeAt: number } | undefined;
  isAsked: boolean;
  readonly waiters: Set<Waiter>;
}

/** Somebody who waits for what a read brings. */
interface Waiter {
  readonly isOver: (held: Held) => boolean;
  readonly resolve: () => void;
}

/** Reads what companies own and will own. */
export type ReadBatch = (companyIds: readonly string[], signal: AbortSignal) => Promise<readonly BatchEntry[]>;
/** Is told that a company has another version than before. */
export type OnVersion = (companyId: string, version: number) => void;
/** Is told that a read failed, and why. It is tried again. */
export type OnFailure = (error: unknown) => void;

/** The companies of a replica, and the reads that keep them. */
export class Holdings {
  readonly #companies = new Map<string, Held>();
  readonly #queue = new Set<string>();
  readonly #read: ReadBatch;
  readonly #onVersion: OnVersion;
  readonly #onFailure: OnFailure;
  readonly #surroundings: Surroundings;
  readonly #closed: AbortSignal;
  #reading = 0;
  #news = 0;
  #failures = 0;
  #isPaused = false;
  #isPumping = false;
  #epoch = 0;
  #refillAt = Infinity;
  /** Until which moment nothing is missing but the news of single companies. */
  completeAt = -Infinity;

  constructor(
    told: { read: ReadBatch; onVersion: OnVersion; onFailure: OnFailure },
    around: Surroundings,
    closed: AbortSignal,
  ) {
    this.#read = told.read;
    this.#onVersion = told.onVersion;
    this.#onFailure = told.onFailure;
    this.#surroundings = around;
    this.#closed = closed;
  }

  get size(): number {
    return this.#companies.size;
  }

  /** How many companies wait to be read. */
  get behind(): number {
    let behind = 0;
    for (const { news } of this.#companies.values()) {
      behind += news === undefined ? 0 : 1;
    }
    return behind;
  }

  get(companyId: string): Held | undefined {
    return this.#companies.get(companyId);
  }

  /** Holds a company from now on, and reads it. */
  hold(companyId: string): Held {
    let held = this.#companies.get(companyId);
    if (held === undefined) {
      held = {
        companyId,
        timeline: undefined,
        isUnknown: false,
        readAt: -Infinity,
        news: undefined,
        isAsked: false,
        waiters: new Set(),
      };
      this.#companies.set(companyId, held);
      this.#expect(held, 0);
    }
    return held;
  }

  release(companyId: string): void {
    this.#companies.get(companyId)?.waiters.forEach(({ resolve }) => {
      resolve();
    });
    this.#companies.delete(companyId);
    this.#queue.delete(companyId);
  }

  /** Until which moment everything about a company is known. */
  completeFor(held: Held): number {
    return Math.max(held.readAt, held.news?.completeAt ?? this.completeAt);
  }

  /** Forgets what is known, and reads it all anew: the database is another one, or changes were missed. */
  forget(): void {
    this.completeAt = -Infinity;
    this.#refillAt = Infinity;
    this.#epoch += 1;
    for (const held of this.#companies.values()) {
      held.timeline = undefined;
      held.isUnknown = false;
      held.readAt = -Infinity;
      held.news = undefined;
      this.#expect(held, 0);
    }
  }

  /** Takes a change of the feed. A version that was reached already brings nothing; a change of the catalog may concern anybody. */
  heard(change: Change): void {
    if (change.companyId === null) {
      for (const held of this.#companies.values()) {
        this.#expect(held, 0);
      }
      return;
    }
    const held = this.#companies.get(change.companyId);
    const version = change.entitlementVersion ?? 0;
    // The version of that instant, not of now: a boundary that has passed since may have reached the same number with another answer.
    const known = held?.timeline?.versionAt(microsOf(change.at) ?? -Infinity) ?? 0;
    if (held !== undefined && version > Math.max(known, held.timeline?.readVersion ?? 0)) {
      this.#expect(held, version);
    }
  }

  /** Reads anew those companies of whose next boundary nothing is known. */
  refill({ latest }: Hands): void {
    if (latest < this.#refillAt) {
      return;
    }
    this.#refillAt = Infinity;
    for (const { companyId, timeline } of this.#companies.values()) {
      const refillAt = timeline?.refillAt ?? Infinity;
      if (latest >= refillAt) {
        this.#queue.add(companyId);
      } else {
        this.#refillAt = Math.min(this.#refillAt, refillAt);
      }
    }
    this.#pump();
  }

  /** Resolves once a company was read and has a version (0: any, or is unknown); asks at once, and again until then. */
  async reached(companyId: string, version: number, signal: AbortSignal): Promise<void> {
    const held = this.hold(companyId);
    const isOver = ({ readAt, timeline }: Held): boolean =>
      readAt !== -Infinity && (timeline?.readVersion ?? 0) >= version;
    if (!isOver(held)) {
      this.#queue.add(companyId);
      this.#pump();
      await this.#until([held], isOver, signal);
    }
  }

  /** Resolves once every company that is held now was read. */
  async allRead(signal: AbortSignal): Promise<void> {
    const isOver = ({ readAt }: Held): boolean => readAt !== -Infinity;
    const waiting = [...this.#companies.values()].filter((held) => !isOver(held));
    await this.#until(waiting, isOver, signal);
  }

  async #until(waiting: readonly Held[], isOver: (held: Held) => boolean, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const waiters: [Held, Waiter][] = [];
    const read = waiting.map(
      (held) =>
        new Promise<void>((resolve) => {
          const waiter = { isOver, resolve };
          held.waiters.add(waiter);
          waiters.push([held, waiter]);
        }),
    );
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        waiters.forEach(([held, waiter]) => held.waiters.delete(waiter));
        reject(reasonOf(signal));
      };
      signal.addEventListener("abort", stop, { once: true });
      void Promise.all(read).then(() => {
        signal.removeEventListener("abort", stop);
        resolve();
      });
    });
  }

  /** Notes that a company has news of at least a version, and reads it. */
  #expect(held: Held, version: number): void {
    this.#news += 1;
    const completeAt = held.news?.completeAt ?? this.completeAt;
    held.news = { number: this.#news, version: Math.max(version, held.news?.version ?? 0), completeAt };
    this.#queue.add(held.companyId);
    this.#pump();
  }

  /** Reads what waits to be read, a batch at a time. Begins after what is being done now, so that news that come together are read together. */
  #pump(): void {
    if (this.#isPumping) {
      return;
    }
    this.#isPumping = true;
    queueMicrotask(() => {
      this.#isPumping = false;
      while (this.#reading < MOST_AT_ONCE && !this.#isPaused && !this.#closed.aborted) {
        const batch = this.#nextBatch();
        if (batch.length === 0) {
          return;
        }
        this.#reading += 1;
        void this.#readBatch(batch);
      }
    });
  }

  #nextBatch(): Held[] {
    const batch: Held[] = [];
    for (const companyId of this.#queue) {
      const held = this.#companies.get(companyId);
      if (held?.isAsked === true) {
        continue;
      }
      this.#queue.delete(companyId);
      if (held !== undefined) {
        held.isAsked = true;
        batch.push(held);
      }
      if (batch.length === BATCH) {
        break;
      }
    }
    return batch;
  }

  async #readBatch(batch: readonly Held[]): Promise<void> {
    const begun = { at: this.#surroundings.now(), news: this.#news, epoch: this.#epoch };
    let isWhole = false;
    try {
      const ids = batch.map(({ companyId }) => companyId);
      const entries = await this.#read(ids, this.#closed);
      isWhole = batch.map((held, index) => this.#take(held, entries[index], begun)).every(Boolean);
    } catch (error) {
      batch.forEach(({ companyId }) => this.#queue.add(companyId));
      this.#onFailure(error);
    }
    for (const held of batch) {
      held.isAsked = false;
    }
    this.#reading -= 1;
    this.#failures = isWhole ? 0 : this.#failures + 1;
    if (isWhole) {
      this.#pump();
    } else {
      await this.#pauseThenPump();
    }
  }

  async #pauseThenPump(): Promise<void> {
    if (this.#isPaused || this.#closed.aborted) {
      return;
    }
    this.#isPaused = true;
    const most = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** (this.#failures - 1));
    await this.#surroundings.pause(this.#surroundings.random() * most, this.#closed).catch(() => undefined);
    this.#isPaused = false;
    this.#pump();
  }

  /** Takes what a read brought; `false` when it must be read again. */
  #take(held: Held, entry: BatchEntry | undefined, begun: { at: number; news: number; epoch: number }): boolean {
    if (this.#companies.get(held.companyId) !== held) {
      return true;
    }
    const entitlements = entry?.entitlements ?? undefined;
    const isUnknown = entry?.error?.code === "not_found";
    const version = entitlements?.entitlementVersion ?? 0;
    const isCovered = held.news === undefined || held.news.number <= begun.news;
    const isTooOld = version < (held.timeline?.readVersion ?? 0) || (isCovered && version < (held.news?.version ?? 0));
    if ((entitlements === undefined && !isUnknown) || isTooOld || begun.epoch !== this.#epoch) {
      this.#queue.add(held.companyId);
      return false;
    }
    const before = held.timeline?.readVersion ?? 0;
    held.timeline = entitlements === undefined ? undefined : new Timeline(entitlements, entry?.upcoming ?? []);
    held.isUnknown = isUnknown;
    held.readAt = begun.at;
    held.news = isCovered ? undefined : held.news;
    this.#refillAt = Math.min(this.#refillAt, held.timeline?.refillAt ?? Infinity);
    if (version !== before) {
      this.#onVersion(held.companyId, version);
    }
    return this.#wake(held);
  }

  /** Wakes those who waited for this; `false` when somebody waits for more. */
  #wake(held: Held): boolean {
    for (const waiter of held.waiters) {
      if (waiter.isOver(held)) {
        held.waiters.delete(waiter);
        waiter.resolve();
      }
    }
    if (held.waiters.size > 0) {
      this.#queue.add(held.companyId);
    }
    return held.waiters.size === 0;
  }
}
