import assert from "node:assert/strict";
import { test } from "node:test";
import { StaleError } from "../src/index.js";
import { entitled } from "./support/entitled.js";
import { one, SECOND, Stage } from "./support/stage.js";
import { until } from "./support/until.js";

const stage = new Stage();

test("boundaries are kept without any message, to the microsecond", async () => {
  const [ends, begins] = [stage.core.instant + 10 * SECOND, stage.core.instant + 20 * SECOND];
  stage.core.owned.set(one, {
    companyId: one,
    entitlements: entitled(one, 3, ["basic", "finance"], { until: ends }),
    upcoming: [
      entitled(one, 4, ["basic"], { asOf: ends, until: begins }),
      entitled(one, 5, ["basic", "ai"], { asOf: begins }),
    ],
  });
  const replica = await stage.following({ boundMs: 60_000 });

  stage.pass(9_990);
  assert.deepEqual([replica.isEnabled(one, "finance"), replica.entitlements(one).version], [true, 3]);
  stage.pass(10);
  assert.deepEqual([replica.isEnabled(one, "finance"), replica.entitlements(one).version], [false, 4]);
  stage.pass(9_999);
  assert.equal(replica.isEnabled(one, "ai"), false);
  stage.pass(1);
  assert.equal(replica.isEnabled(one, "ai"), false, "a clock that may run slow has not come so far");
  stage.pass(10);
  assert.equal(replica.isEnabled(one, "ai"), true);
  assert.equal(stage.core.asked("/internal/entitlements/batch").length, 1);
});

test("what comes behind the last known boundary is asked for in time, and not guessed", async () => {
  const ends = stage.core.instant + SECOND;
  stage.core.owned.set(one, {
    companyId: one,
    entitlements: entitled(one, 3, ["basic"], { until: ends }),
    upcoming: [],
  });
  const replica = await stage.following({ boundMs: 60_000 });
  stage.core.gate = () => false;
  stage.pass(1_000);

  assert.throws(() => replica.entitlements(one), StaleError);

  stage.own(one, 4, []);
  stage.core.gate = () => true;
  await stage.beaten(replica);
  await until("the read", () => replica.entitlements(one).version === 4);
});

test("a write of a version that a boundary has reached since is not taken for known", async () => {
  const ends = stage.core.instant + SECOND;
  const bought = stage.core.instant;
  stage.core.owned.set(one, {
    companyId: one,
    entitlements: entitled(one, 3, ["basic", "finance"], { until: ends }),
    upcoming: [entitled(one, 4, ["basic"], { asOf: ends })],
  });
  const replica = await stage.following({ boundMs: 60_000 });
  stage.pass(2_000);
  assert.equal(replica.entitlements(one).version, 4);
  stage.own(one, 5, []);

  // Version 4 was that of a write before the boundary; behind it the version is 5.
  stage.core.tell({ companyId: one, entitlementVersion: 4, at: new Date(bought / 1000).toISOString() });

  await until("the write", () => replica.entitlements(one).version === 5);
});

test("a version that only a boundary to come will have is not one of a write", async () => {
  const ends = stage.core.instant + 3600 * SECOND;
  const upcoming = [entitled(one, 4, ["basic"], { asOf: ends })];
  stage.core.owned.set(one, {
    companyId: one,
    entitlements: entitled(one, 3, ["basic", "finance"], { until: ends }),
    upcoming,
  });
  const replica = await stage.following();
  stage.own(one, 4, ["basic", "ai"]);

  const answer = await replica.waitFor(one, 4);

  assert.deepEqual(answer.entitlements.enabledModules, ["basic", "ai"]);
});
