/** Two clocks drift apart by at most one part in so many: 100 parts in a million, several times what hardware does. */
const DRIFT_PARTS = 10_000;
/** What is known of the database's clock is forgotten after one to two of these, in microseconds: so a clock that was set back is followed. */
const WINDOW = 10_000_000;

/** Between which instants the database's clock stands, in microseconds since 1970. */
export interface Hands {
  readonly earliest: number;
  readonly latest: number;
}

/** The database's clock minus ours: at least, and at most. */
interface Bounds {
  began: number;
  least: number;
  most: number;
}

/**
 * What time it is in the database. Moments are milliseconds of a clock of ours that never steps; the machine's wall clock is not asked.
 *
 * Every heartbeat and every answer brings an instant that the database's clock had already shown when it was written: from its arrival on that
 * clock shows at least so much. A probe, a request that is answered with such an instant, bounds it from the other side: that instant was not
 * shown before the request was sent, give or take what the node itself lags behind its database (`margin`).
 */
export class DatabaseClock {
  readonly #margin: number;
  #bounds: Bounds = unbounded(Infinity);
  #before: Bounds = unbounded(Infinity);
  /** What it showed at least when there last was news; it never goes back behind that. */
  #floor = -Infinity;

  constructor(marginMs: number) {
    this.#margin = marginMs * 1000;
  }

  /** An instant that the database's clock had shown came at a moment. */
  heard(instant: number, momentMs: number): void {
    const moment = momentMs * 1000;
    this.#bounds.began = Math.min(this.#bounds.began, moment);
    const earliest = this.at(momentMs)?.earliest ?? -Infinity;
    this.#bounds.least = Math.max(this.#bounds.least, instant - moment);
    this.#floor = Math.max(earliest, instant);
  }

  /** A request sent at one moment brought an instant at another. */
  probed(instant: number, sentMs: number, momentMs: number): void {
    if (momentMs * 1000 - this.#bounds.began >= WINDOW && this.#bounds.most !== Infinity) {
      this.#before = this.#bounds;
      this.#bounds = unbounded(momentMs * 1000);
    }
    this.#bounds.began = Math.min(this.#bounds.began, momentMs * 1000);
    this.#bounds.most = Math.min(this.#bounds.most, instant - sentMs * 1000);
    this.heard(instant, momentMs);
  }

  /** Where the database's clock stands at a moment; `undefined` before the first probe. */
  at(momentMs: number): Hands | undefined {
    const most = Math.min(this.#bounds.most, this.#before.most);
    if (most === Infinity) {
      return undefined;
    }
    const moment = momentMs * 1000;
    const drift = this.#drift(moment);
    const least = Math.max(this.#bounds.least, this.#before.least);
    const earliest = Math.max(moment + least - drift, this.#floor);
    return { earliest, latest: Math.max(moment + most + drift, earliest) + this.#margin };
  }

  /** The moment before which an instant cannot have been shown, in milliseconds: whoever knows everything until that instant is as old as this. */
  notBefore(instant: number, heardMs: number): number {
    const most = Math.min(this.#bounds.most, this.#before.most);
    return most === Infinity ? -Infinity : Math.min(heardMs, (instant - most - this.#drift(heardMs * 1000)) / 1000);
  }

  #drift(moment: number): number {
    return (moment - Math.min(this.#bounds.began, this.#before.began)) / DRIFT_PARTS;
  }
}

function unbounded(began: number): Bounds {
  return { began, least: -Infinity, most: Infinity };
}
