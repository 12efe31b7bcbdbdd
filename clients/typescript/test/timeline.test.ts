import assert from "node:assert/strict";
import { test } from "node:test";
import { Timeline } from "../src/replica/timeline.js";
import { entitled } from "./support/entitled.js";

const company = crypto.randomUUID();
/** Finance ends at 1,000, then AI begins at 2,000, and all ends at 3,000. */
const timeline = new Timeline(entitled(company, 3, ["basic", "finance"], { until: 1_000 }), [
  entitled(company, 4, ["basic"], { asOf: 1_000, until: 2_000 }),
  entitled(company, 5, ["basic", "ai"], { asOf: 2_000, until: 3_000 }),
]);

function modulesBetween(earliest: number, latest: number): string | undefined {
  const span = timeline.during({ earliest, latest });
  return span && `${span.entitlements.entitlementVersion}: ${[...span.modules].join(" ")}`;
}

test("an answer ends at its boundary and the next one begins there, to the microsecond", () => {
  assert.equal(modulesBetween(999, 999), "3: basic finance");
  assert.equal(modulesBetween(1_000, 1_000), "4: basic");
  assert.equal(modulesBetween(1_999, 1_999), "4: basic");
  assert.equal(modulesBetween(2_000, 2_000), "5: basic ai");
});

test("where a boundary may or may not have passed only what is owned on both sides is owned", () => {
  assert.equal(modulesBetween(999, 1_000), "4: basic", "what ends is gone from the latest instant on");
  assert.equal(modulesBetween(1_999, 2_000), "4: basic", "what begins is there from the earliest instant on");
  assert.equal(modulesBetween(500, 2_500), "4: basic");
});

test("where something ends as something else begins neither is there under the version that ends", () => {
  const swapped = new Timeline(entitled(company, 3, ["basic", "finance"], { until: 1_000 }), [
    entitled(company, 4, ["ai"], { asOf: 1_000 }),
  ]);

  const span = swapped.during({ earliest: 900, latest: 1_100 });

  assert.deepEqual(span?.entitlements, {
    ...entitled(company, 3, [], { until: 1_000 }),
    hasBasic: false,
    basePackage: null,
  });
  assert.equal(swapped.during({ earliest: 1_000, latest: 1_100 })?.entitlements.entitlementVersion, 4);
});

test("behind the last boundary that is known nothing is said", () => {
  assert.equal(modulesBetween(2_999, 3_000), undefined);
  assert.equal(modulesBetween(3_000, 3_001), undefined);
});

test("a version is that of its instant", () => {
  assert.deepEqual(
    [0, 999, 1_000, 2_500, 9_000].map((instant) => timeline.versionAt(instant)),
    [3, 3, 4, 5, 5],
  );
  assert.equal(timeline.readVersion, 3);
});

test("it is time to ask when the last span that is known begins, or when the only one ends", () => {
  assert.equal(timeline.refillAt, 2_000);
  assert.equal(new Timeline(entitled(company, 1, [], { until: 500 }), []).refillAt, 500);
  assert.equal(new Timeline(entitled(company, 1, []), []).refillAt, Infinity);
});
