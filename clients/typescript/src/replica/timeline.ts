import { microsOf } from "../instant.js";
import type { Entitlements } from "../wire.js";
import type { Hands } from "./clock.js";

/** Entitlements with the window in which they hold, half open, in microseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly until: number;
  readonly entitlements: Entitlements;
  readonly modules: ReadonlySet<string>;
}

/** What a company owns now and from each of its next boundaries on, as things are scheduled. */
export class Timeline {
  readonly #spans: readonly Span[];

  constructor(present: Entitlements, upcoming: readonly Entitlements[]) {
    let from = -Infinity;
    this.#spans = [present, ...upcoming].map((entitlements) => {
      const until = entitlements.validUntil === null ? Infinity : (microsOf(entitlements.validUntil) ?? -Infinity);
      const span = { from, until, entitlements, modules: new Set(entitlements.enabledModules) };
      from = until;
      return span;
    });
  }

  /** The version that the server itself had reached when it was read: whatever it had answered with up to this version is in here. */
  get readVersion(): number {
    return this.#spans[0]?.entitlements.entitlementVersion ?? 0;
  }

  /** From this instant on the last known span holds, and it is time to ask what comes behind it. Infinite when nothing does. */
  get refillAt(): number {
    const last = this.#spans.at(-1);
    if (last === undefined || last.until === Infinity) {
      return Infinity;
    }
    return this.#spans.length === 1 ? last.until : last.from;
  }

  /** The version that holds at an instant; the last one known behind all of them. */
  versionAt(instant: number): number {
    const span = this.#spans.find(({ until }) => instant < until) ?? this.#spans.at(-1);
    return span?.entitlements.entitlementVersion ?? 0;
  }

  /** What holds at every instant between the hands; `undefined` when that is not known. Where a boundary lies between them, only what is owned on both
   * sides is. */
  during(hands: Hands): Span | undefined {
    const present = this.#spans.find(({ until }) => hands.earliest < until);
    if (present === undefined || hands.latest < present.until) {
      return present;
    }
    if (hands.latest >= (this.#spans.at(-1)?.until ?? -Infinity)) {
      return undefined;
    }
    const [first, ...others] = this.#spans.filter(({ from, until }) => hands.earliest < until && from <= hands.latest);
    return first === undefined || others.length === 0 ? first : onAllSides(first, others);
  }
}

/**
 * What is owned on all sides of the boundaries between the hands. It is one of the sides itself where that owns nothing that another does not; else it
 * is the first with less in it, under the first one's version, which ends right there.
 */
function onAllSides(first: Span, others: readonly Span[]): Span {
  const all = [first, ...others];
  const least = all.toReversed().find((one) => all.every((other) => isWithin(one, other)));
  if (least !== undefined) {
    return least;
  }
  const enabledModules = first.entitlements.enabledModules.filter((key) =>
    all.every(({ modules }) => modules.has(key)),
  );
  const addons = first.entitlements.addons.filter(({ key }) => all.every((one) => hasAddon(one, key)));
  const hasBasic = all.every((one) => one.entitlements.hasBasic);
  const basePackage = hasBasic ? first.entitlements.basePackage : null;
  const entitlements = { ...first.entitlements, enabledModules, addons, hasBasic, basePackage };
  return { ...first, entitlements, modules: new Set(enabledModules) };
}

function isWithin(one: Span, other: Span): boolean {
  return (
    [...one.modules].every((key) => other.modules.has(key)) &&
    one.entitlements.addons.every(({ key }) => hasAddon(other, key)) &&
    (!one.entitlements.hasBasic || other.entitlements.hasBasic)
  );
}

function hasAddon(span: Span, key: string): boolean {
  return span.entitlements.addons.some((addon) => addon.key === key);
}
