import assert from "node:assert/strict";
import { test } from "node:test";
import {
  Client,
  ForbiddenError,
  InvalidArgumentError,
  NotFollowedError,
  StaleError,
  NoSuchCompanyError,
  VersionNotReachedError,
  type ReplicaOptions,
} from "../src/index.js";
import { entitled } from "./support/entitled.js";
import { refusalOf } from "./support/refusal.js";
import { fail, ScriptedServer } from "./support/scripted.js";
import { one, other, Stage } from "./support/stage.js";
import { until } from "./support/until.js";

const stage = new Stage();

test("what is held is read strongly behind a place of the feed, and followed from there", async () => {
  const replica = await stage.following({ companies: [one, other], upcoming: 7 });

  const batch = stage.core.asked("/internal/entitlements/batch")[0];
  assert.equal(batch?.headers["consistency"], "strong");
  assert.deepEqual(JSON.parse(batch.body), { companyIds: [one, other], upcoming: 7 });
  assert.equal(stage.core.streams[0]?.after, "c1.1");
  const answer = replica.entitlements(one);
  assert.deepEqual([answer.version, answer.source, answer.ageMs], [3, "replica", 0]);
  assert.deepEqual(answer.entitlements, entitled(one, 3, ["basic", "finance"]));
  assert.deepEqual([replica.isEnabled(one, "finance"), replica.isEnabled(one, "ai")], [true, false]);
  assert.throws(() => replica.entitlements(other), NoSuchCompanyError);
  assert.throws(() => replica.entitlements(crypto.randomUUID()), NotFollowedError);
});

test("all companies are those of the list, page by page, and whoever is written later", async () => {
  for (let count = 0; count < 4; count += 1) {
    stage.own(crypto.randomUUID(), 1, ["basic"]);
  }
  const replica = await stage.following({ companies: "all" });
  assert.equal(replica.standing().companies, 5);

  stage.own(other, 1, ["basic"]);
  stage.core.tell({ companyId: other, entitlementVersion: 1 });

  await until("the new company", () => replica.isEnabled(other, "basic"));
});

test("a change is read when its version is new, and not when it is known", async () => {
  const replica = await stage.following();
  stage.own(one, 4, ["basic"]);

  stage.core.tell({ companyId: one, entitlementVersion: 4 });
  await until("the change", () => !replica.isEnabled(one, "finance"));
  const reads = stage.core.asked("/internal/entitlements/batch").length;
  stage.core.tell({ companyId: one, entitlementVersion: 4 });
  stage.core.tell({ companyId: other, entitlementVersion: 9 });
  stage.pass(1);
  await stage.beaten(replica);

  assert.equal(stage.core.asked("/internal/entitlements/batch").length, reads);
});

test("a change of the catalog reads everything that is held", async () => {
  stage.own(other, 8, ["basic"]);
  const versions: [string, number][] = [];
  const replica = await stage.following({ companies: [one, other], onVersion: (...told) => versions.push(told) });
  versions.length = 0;
  stage.own(one, 5, ["basic"]);

  stage.core.tell({});

  await until("the change", () => replica.entitlements(one).version === 5);
  assert.deepEqual(versions, [[one, 5]]);
  assert.equal(replica.entitlements(other).version, 8);
});

test("nothing is answered past the bound, unless the call itself says how old it may be", async () => {
  const replica = await stage.following({ boundMs: 1_000 });
  stage.pass(1_000);
  assert.equal(replica.entitlements(one).ageMs, 1_000);

  stage.pass(1);

  const error = await refusalOf(() => replica.entitlements(one));
  assert.ok(error instanceof StaleError && error.ageMs === 1_001 && error.retryable);
  assert.throws(() => replica.isEnabled(one, "finance"), StaleError);
  assert.equal(replica.entitlements(one, { maxAgeMs: 5_000 }).ageMs, 1_001);
  assert.throws(() => replica.entitlements(one, { maxAgeMs: 1_000 }), StaleError);
  await stage.beaten(replica);
  assert.ok(replica.entitlements(one).ageMs < 1);
});

test("heartbeats whose instant stands still make nothing younger", async () => {
  const replica = await stage.following({ boundMs: 1_000 });
  const stood = stage.core.instant;
  stage.pass(1_001);
  stage.own(one, 4, ["basic"]);

  stage.core.beat(stood);
  stage.core.tell({ companyId: one, entitlementVersion: 4 });
  await until(
    "the read of what was told behind the heartbeat",
    () => stage.core.asked("/internal/entitlements/batch").length === 2,
  );
  await until("an answer by that read alone", () => replica.entitlements(one).version === 4);

  assert.equal(replica.standing().ageMs, 1_001);
});

test("a database's clock that was set back confirms nothing until it is there again", async () => {
  const replica = await stage.following({ boundMs: 1_000 });
  const stood = stage.core.instant;
  const heard = async (): Promise<void> => {
    stage.core.beat();
    const { position } = stage.core;
    stage.core.tell({ companyId: other, entitlementVersion: 1 });
    await until("what was told behind the heartbeat", () => replica.standing().position !== position);
  };
  stage.pass(6_000);
  stage.core.instant = stood;
  const probes = stage.core.asked("/internal/changes").length;
  await heard();
  await until("a probe", () => stage.core.asked("/internal/changes").length > probes);
  assert.throws(() => replica.entitlements(one), StaleError);

  await heard();

  assert.throws(
    () => replica.entitlements(one),
    StaleError,
    "the heartbeat may have been on its way since before the probe",
  );
  stage.core.instant = stood + 1;
  await stage.beaten(replica);
  assert.equal(replica.entitlements(one).version, 3);
});

test("news that cannot be read make their company old, and no other", async () => {
  stage.own(other, 1, ["basic"]);
  const replica = await stage.following({ companies: [one, other], boundMs: 1_000 });
  stage.core.gate = () => false;
  stage.own(one, 4, ["basic"]);
  stage.core.tell({ companyId: one, entitlementVersion: 4 });
  stage.pass(600);
  await stage.beaten(replica);
  assert.equal(replica.entitlements(one).ageMs, 600);
  assert.equal(replica.entitlements(one).version, 3, "what was known is within the bound");

  stage.pass(600);
  await stage.beaten(replica);

  assert.throws(() => replica.entitlements(one), StaleError);
  assert.ok(replica.entitlements(other).ageMs < 1);
  assert.equal(replica.standing().behind, 1);
  stage.core.gate = () => true;
  await until("the change", () => replica.entitlements(one).version === 4);
});

/** Holds reads up until `open` is called; what they answer was looked up before. */
function heldUp(): { readonly gate: Promise<boolean>; readonly open: () => void } {
  let open = (): void => undefined;
  const gate = new Promise<boolean>((resolve) => {
    open = () => {
      resolve(true);
    };
  });
  return { gate, open };
}

test("a read that was begun before a change does not count as one of it", async () => {
  const replica = await stage.following({ boundMs: 1_000 });
  const { gate, open } = heldUp();
  stage.core.gate = () => gate;
  stage.core.tell({});
  await until("a read under way", () => stage.core.asked("/internal/entitlements/batch").length === 2);
  stage.own(one, 4, ["basic"]);
  stage.core.tell({});
  await until("both changes heard", () => replica.standing().position === "c1.3");
  stage.core.gate = () => false;
  open();
  await until("a read of the second change", () => stage.core.asked("/internal/entitlements/batch").length >= 3);

  stage.pass(1_001);
  await stage.beaten(replica);

  assert.throws(() => replica.entitlements(one), StaleError);
  stage.core.gate = () => true;
  await until("the second change", () => replica.entitlements(one).version === 4);
});

test("a read of the database of before brings nothing into the one of after", async () => {
  const replica = await stage.following();
  const { gate, open } = heldUp();
  stage.core.gate = () => gate;
  stage.core.tell({});
  await until("a read under way", () => stage.core.asked("/internal/entitlements/batch").length === 2);
  stage.own(one, 1, ["basic", "ai"]);
  stage.core.expired.add(stage.core.position);
  stage.core.position = "c2.1";
  stage.core.cut();
  await until("the reload", () => replica.standing().reloads === 1);
  stage.core.gate = () => true;

  open();

  await until("the next stream", () => stage.core.streams.length === 1);
  assert.deepEqual([replica.entitlements(one).version, replica.isEnabled(one, "ai")], [1, true]);
});

test("a stream that broke is resumed from the last place, with equal state", async () => {
  const states: string[] = [];
  const replica = await stage.following({ onState: (state) => states.push(state) });
  stage.core.tell({ companyId: other, entitlementVersion: 1 });
  await until("the place", () => replica.standing().position === "c1.2");
  stage.core.cut();
  await until("the next stream", () => stage.core.streams.length === 1);
  assert.equal(stage.core.streams[0]?.after, "c1.2");
  stage.own(one, 4, ["basic"]);
  stage.core.tell({ companyId: one, entitlementVersion: 4 });
  stage.core.beat();

  await until("what was missed", () => replica.entitlements(one).version === 4);

  await until("the states", () => states.join(" ") === "following disconnected following");
  assert.equal(replica.standing().reloads, 0);
});

test("a place that is not kept any more drops everything and loads it anew", async () => {
  const replica = await stage.following({ boundMs: 60_000 });
  stage.core.expired.add(stage.core.position);
  stage.own(one, 1, ["basic", "ai"]);
  stage.core.position = "c2.1";
  let isOpen = false;
  stage.core.gate = () => isOpen;
  stage.core.cut();
  await until("the reload", () => replica.standing().reloads === 1);
  assert.throws(() => replica.entitlements(one, { maxAgeMs: 1e9 }), StaleError);

  isOpen = true;

  await until("the next stream", () => stage.core.streams.length === 1);
  assert.equal(stage.core.streams[0]?.after, "c2.1");
  stage.core.beat();
  assert.deepEqual([replica.entitlements(one).version, replica.isEnabled(one, "ai")], [1, true], "versions begin anew");
});

test("a stream that goes silent without a word is opened again", async () => {
  const replica = await stage.following({ silenceMs: 40 });
  await until(
    "another stream",
    () => stage.core.asked("/internal/changes").filter(({ url }) => url.search === "").length >= 2,
  );
  assert.ok(replica.standing().failures >= 1);
});

test("a stream that is none is not followed", async () => {
  const replica = await stage.following({ boundMs: 1_000 });
  stage.core.streams[0]?.response.write("data: nonsense\n\n");
  await until(
    "another stream",
    () => stage.core.asked("/internal/changes").filter(({ url }) => url.search === "").length >= 2,
  );
  stage.pass(1_001);
  assert.throws(() => replica.entitlements(one), StaleError);
});

test("whoever names the version of a write reads that write", async () => {
  const replica = await stage.following();
  stage.own(one, 4, ["basic"]);

  const answer = await replica.waitFor(one, 4);

  assert.deepEqual([answer.version, answer.entitlements.enabledModules], [4, ["basic"]]);
  const late = await refusalOf(replica.waitFor(one, 5, { timeoutMs: 30 }));
  assert.ok(late instanceof VersionNotReachedError && late.version === 4);
  assert.equal(replica.entitlements(one).version, 4, "a version that nobody reached harms nobody");
  await assert.rejects(replica.waitFor(other, 1), NotFollowedError);
});

test("companies come and go", async () => {
  stage.own(other, 2, ["basic"]);
  const replica = await stage.following();

  await replica.follow(other);
  assert.equal(replica.entitlements(other).version, 2);
  replica.unfollow(other);

  assert.throws(() => replica.entitlements(other), NotFollowedError);
  const waiting = replica.waitFor(one, 9);
  replica.unfollow(one);
  await assert.rejects(waiting, NotFollowedError);
  await assert.rejects(replica.follow("../x"), InvalidArgumentError);
});

test("many companies are read five hundred at a time", async () => {
  const many = Array.from({ length: 1_201 }, () => crypto.randomUUID());
  many.forEach((companyId) => {
    stage.own(companyId, 1, ["basic"]);
  });
  const replica = await stage.following({ companies: many });

  const sizes = stage.core
    .asked("/internal/entitlements/batch")
    .map(({ body }) => (JSON.parse(body) as { companyIds: string[] }).companyIds.length);

  assert.deepEqual(
    sizes.sort((a, b) => b - a),
    [500, 500, 201],
  );
  assert.ok(many.every((companyId) => replica.isEnabled(companyId, "basic")));
});

test("a caller that may not is told at once, and one that closes gets nothing any more", async () => {
  const forbidding = await ScriptedServer.start((_, response) => {
    fail(response, 403, "forbidden");
  });
  const refused = new Client({ url: forbidding.url, apiKey: "key" }).replica({ companies: [one] });
  await assert.rejects(refused.ready(), ForbiddenError);
  await refused.close();
  await forbidding.end();

  const replica = await stage.following();
  await replica.close();
  assert.throws(() => replica.entitlements(one), StaleError);
  const unready = stage.start();
  await unready.close();
  await assert.rejects(unready.ready(), StaleError);
});

test("options that can never be right are refused", () => {
  const wrong: Partial<ReplicaOptions>[] = [
    { companies: ["x"] },
    { boundMs: 0 },
    { boundMs: Number.NaN },
    { upcoming: 17 },
    { upcoming: 0.5 },
    { clockMarginMs: -1 },
  ];
  for (const options of wrong) {
    assert.throws(() => stage.start(options), InvalidArgumentError);
  }
});
