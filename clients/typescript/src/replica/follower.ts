import type { Client } from "../client.js";
import { CursorExpiredError } from "../errors.js";
import { EventReader, type StreamEvent } from "../events.js";
import { microsOf } from "../instant.js";
import { reasonOf, type Surroundings } from "../surroundings.js";
import type { Transport } from "../transport.js";
import type { DatabaseClock } from "./clock.js";
import type { Holdings } from "./holdings.js";

/** How often the database's clock is bounded anew by a request, in milliseconds. */
const PROBE_EVERY_MS = 5_000;
/** Pauses before the stream is opened again, in milliseconds: drawn below the first, doubled up to the second. */
const [BACKOFF_MS, MAX_BACKOFF_MS] = [100, 5_000];

/** What a follower tells of itself. */
export interface FollowerNews {
  /** The stream is open and has reached the present. */
  caughtUp(): void;
  /** The stream or what comes before it failed; it is tried again. */
  failed(error: unknown): void;
  /** Changes were missed or the database is another one; everything is read anew. */
  reloaded(): void;
}

/** Whose companies are held. */
export type Companies = "all" | readonly string[];

/** Follows the change feed: snapshot, then stream, then again from where it broke off. */
export class Follower {
  /** Where in the feed what is held stands. */
  position: string | undefined;
  readonly #companies: Companies;
  readonly #silenceMs: number;
  readonly #client: Client;
  readonly #transport: Transport;
  readonly #surroundings: Surroundings;
  readonly #clock: DatabaseClock;
  readonly #holdings: Holdings;
  readonly #news: FollowerNews;
  #failures = 0;
  #confirmedAt = -Infinity;
  #probedAt = -Infinity;

  constructor(
    what: { companies: Companies; silenceMs: number; clock: DatabaseClock; holdings: Holdings; news: FollowerNews },
    client: Client,
    transport: Transport,
    surroundings: Surroundings,
  ) {
    this.#companies = what.companies;
    this.#silenceMs = what.silenceMs;
    this.#clock = what.clock;
    this.#holdings = what.holdings;
    this.#news = what.news;
    this.#client = client;
    this.#transport = transport;
    this.#surroundings = surroundings;
  }

  /** Follows until the signal is aborted. Never rejects. */
  async run(closed: AbortSignal): Promise<void> {
    const isClosed = (): boolean => closed.aborted;
    while (!isClosed()) {
      try {
        this.position ??= await this.#snapshot(closed);
        await this.#stream(this.position, closed);
      } catch (error) {
        if (error instanceof CursorExpiredError && this.position !== undefined) {
          this.position = undefined;
          this.#holdings.forget();
          this.#client.forgetAnswers();
          this.#confirmedAt = -Infinity;
          this.#news.reloaded();
        } else if (!isClosed()) {
          this.#failures += 1;
          this.#news.failed(error);
        }
      }
      const most = Math.min(MAX_BACKOFF_MS, BACKOFF_MS * 2 ** Math.max(0, this.#failures - 1));
      await this.#surroundings.pause(this.#surroundings.random() * most, closed).catch(() => undefined);
    }
  }

  /** Reads everything, behind a place of the feed that was taken before: so what is read contains all that lies before that place. */
  async #snapshot(signal: AbortSignal): Promise<string> {
    const position = await this.#probe(signal);
    if (this.#companies === "all") {
      let cursor: string | null | undefined;
      do {
        const page = await this.#client.companies({ limit: 500, signal, ...(cursor == null ? {} : { cursor }) });
        page.companies.forEach(({ companyId }) => this.#holdings.hold(companyId));
        cursor = page.nextCursor;
      } while (cursor != null);
    } else {
      this.#companies.forEach((companyId) => this.#holdings.hold(companyId));
    }
    await this.#holdings.allRead(signal);
    return position;
  }

  /** Asks for the end of the feed, and learns what time it is in the database. */
  async #probe(signal: AbortSignal): Promise<string> {
    const sent = this.#surroundings.now();
    const { cursor, asOf } = await this.#client.changes({ after: "now", limit: 1 }, { signal });
    const instant = asOf === null ? undefined : microsOf(asOf);
    if (instant !== undefined) {
      this.#clock.probed(instant, sent, this.#surroundings.now());
      this.#probedAt = this.#surroundings.now();
    }
    return cursor;
  }

  async #stream(position: string, closed: AbortSignal): Promise<void> {
    const controller = new AbortController();
    const stop = (): void => {
      controller.abort(reasonOf(closed));
    };
    closed.addEventListener("abort", stop, { once: true });
    // A connection that broke without a word is noticed by its silence.
    const silence = setTimeout(() => {
      controller.abort(new Error(`the stream was silent for ${this.#silenceMs} ms`));
    }, this.#silenceMs);
    try {
      const headers = { "last-event-id": position };
      const pieces = await this.#transport.open("/internal/changes", headers, this.#silenceMs, controller.signal);
      const reader = new EventReader();
      for await (const piece of pieces) {
        silence.refresh();
        for (const event of reader.take(piece)) {
          this.#take(event, controller.signal);
        }
      }
    } catch (error) {
      throw controller.signal.aborted ? reasonOf(controller.signal) : error;
    } finally {
      clearTimeout(silence);
      closed.removeEventListener("abort", stop);
      controller.abort();
    }
  }

  #take(event: StreamEvent, signal: AbortSignal): void {
    if (event.kind === "change") {
      const { companyId } = event.change;
      if (companyId !== null && this.#companies === "all") {
        this.#holdings.hold(companyId);
      }
      this.#holdings.heard(event.change);
      this.position = event.change.cursor;
      return;
    }
    const now = this.#surroundings.now();
    this.#clock.heard(event.asOf, now);
    this.position = event.position;
    // An instant that stands still, because the database's clock was set back, confirms nothing: it does not say when it was told again.
    if (event.asOf > this.#confirmedAt) {
      this.#confirmedAt = event.asOf;
      this.#holdings.completeAt = Math.max(this.#holdings.completeAt, this.#clock.notBefore(event.asOf, now));
    }
    const hands = this.#clock.at(now);
    if (hands !== undefined) {
      this.#holdings.refill(hands);
    }
    if (now - this.#probedAt >= PROBE_EVERY_MS) {
      this.#probedAt = now;
      // One that fails only leaves the clock a little wider.
      void this.#probe(signal).catch(() => undefined);
    }
    this.#failures = 0;
    this.#news.caughtUp();
  }
}
