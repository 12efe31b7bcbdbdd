import assert from "node:assert/strict";
import { test } from "node:test";
import { microsOf } from "../src/instant.js";
import { DatabaseClock } from "../src/replica/clock.js";

const SECOND = 1_000_000;

/** Numbers below one that are the same in every run of a seed. */
function draws(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("the database's clock is always between the hands, whatever the delays, and the earlier one never goes back", () => {
  for (let seed = 1; seed <= 300; seed += 1) {
    const draw = draws(seed);
    const offset = Math.floor(draw() * 1e15);
    const clock = new DatabaseClock(0);
    let [moment, shown] = [draw() * 1e8, -Infinity];
    for (let step = 0; step < 60; step += 1) {
      const [passed, there, back, isProbe] = [draw() * 3000, draw() * 200, draw() * 200, draw() < 0.5];
      const sent = moment + passed;
      const instant = Math.floor(offset + (sent + there) * 1000);
      moment = sent + there + back;
      if (isProbe) {
        clock.probed(instant, sent, moment);
      } else {
        clock.heard(instant, moment);
      }
      for (const later of [0, 1, 777, 5000]) {
        const hands = clock.at(moment + later);
        const truth = offset + (moment + later) * 1000;
        // Two microseconds for what doubles of this size cannot say.
        assert.ok(hands === undefined || (hands.earliest <= truth + 2 && truth <= hands.latest + 2), `seed ${seed}`);
      }
      const { earliest } = clock.at(moment) ?? { earliest: -Infinity };
      assert.ok(earliest >= shown, `seed ${seed}`);
      shown = earliest;
      assert.ok(clock.notBefore(instant, moment) <= sent + there, `seed ${seed}`);
    }
  }
});

test("nothing is said before the first probe", () => {
  const clock = new DatabaseClock(50);
  clock.heard(SECOND, 0);
  assert.equal(clock.at(0), undefined);
  assert.equal(clock.notBefore(SECOND, 0), -Infinity);
});

test("a process that has run for a month knows the time as well as a young one", () => {
  const clock = new DatabaseClock(0);
  const month = 30 * 24 * 3600 * 1000;
  clock.probed(SECOND, month, month + 10);
  const hands = clock.at(month + 10);
  assert.ok(hands !== undefined && hands.latest - hands.earliest < 11_000);
});

test("a heartbeat that was held up on its way makes nothing younger", () => {
  const clock = new DatabaseClock(0);
  clock.probed(0, 1000, 1010);
  clock.heard(2 * SECOND, 3000);

  // Written at 4 s of the database, which is 5 s of ours, and heard ten seconds later.
  const before = clock.notBefore(4 * SECOND, 15_000);

  assert.ok(before > 4_900 && before <= 5_000, `${before}`);
});

test("a clock that was set back is waited for and then followed", () => {
  const clock = new DatabaseClock(0);
  clock.probed(100 * SECOND, 0, 0);
  let [shown, latest] = [0, 0];
  for (let second = 1; second < 120; second += 1) {
    clock.probed((40 + second) * SECOND, second * 1000, second * 1000);
    const hands = clock.at(second * 1000);
    assert.ok(hands !== undefined && hands.earliest >= shown, "nothing comes to life again");
    [shown, latest] = [hands.earliest, hands.latest];
  }
  assert.ok(Math.abs(latest - (40 + 119) * SECOND) <= SECOND / 50, `${latest}`);
});

test("an instant is read to the microsecond", () => {
  assert.equal(microsOf("1970-01-01T00:00:01.000002Z"), 1_000_002);
  assert.equal(microsOf("2026-05-01T12:00:00Z"), Date.UTC(2026, 4, 1, 12) * 1000);
  assert.equal(microsOf("2026-05-01T12:00:00.5Z"), Date.UTC(2026, 4, 1, 12) * 1000 + 500_000);
  assert.deepEqual([microsOf("soon"), microsOf("2026-13-01T12:00:00Z")], [undefined, undefined]);
});
