import assert from "node:assert/strict";
import { after, before, beforeEach, test, type TestContext } from "node:test";
import { setTimeout as pause } from "node:timers/promises";
import {
  CursorExpiredError,
  StaleError,
  VersionNotReachedError,
  type Change,
  type Client,
  type Replica,
  type ReplicaOptions,
} from "../src/index.js";
import { Program, someCompany } from "./support/program.js";
import { Proxy } from "./support/proxy.js";
import { until } from "./support/until.js";

/** Settings under which streams beat often enough for a bound of half a second. */
const QUICK = { FEED__POLL_MS: "10", FEED__HEARTBEAT_MS: "50" };
const ADDONS = ["finance", "ai", "market"] as const;

let program: Program;
let client: Client;
let proxy: Proxy;
let companies: string[];

before(async () => {
  program = await Program.start(QUICK);
  client = program.client();
});
after(() => program.end());

beforeEach(async (context) => {
  proxy = await Proxy.start(program.port);
  companies = Array.from({ length: 5 }, someCompany);
  await Promise.all(companies.map((company) => client.setBasic(company, { status: "active" })));
  (context as TestContext).after(() => proxy.end());
});

/** A replica behind the proxy, which has reached the present. */
async function following(context: TestContext, options: Partial<ReplicaOptions> = {}): Promise<Replica> {
  const through = program.client({ url: proxy.url, attemptTimeoutMs: 500, backoffMs: 10 });
  const replica = through.replica({ companies, boundMs: 500, silenceMs: 600, ...options });
  context.after(() => replica.close());
  await replica.ready();
  return replica;
}

/** A write of one of the companies; the next one differs. */
async function write(number: number): Promise<void> {
  const company = companies[number % companies.length] ?? "";
  const addonKey = ADDONS[number % ADDONS.length] ?? "finance";
  await client.setAddon(company, { addonKey, status: number % 2 === 0 ? "active" : "paused" });
}

/** Waits until the replica says what the server says, of every company. */
async function untilEqual(replica: Replica): Promise<void> {
  for (const company of companies) {
    const owned = await client.entitlements(company);
    await until(`what the server says of ${company}`, () => {
      const { entitlements } = replica.entitlements(company);
      assert.deepEqual({ ...entitlements, asOf: owned.asOf }, owned);
      return true;
    });
  }
}

test("the feed tells every change once, in order, and goes on from any place", async () => {
  const { cursor } = await client.changes({ after: "now" });
  for (let number = 0; number < 20; number += 1) {
    await write(number);
  }

  const seen: Change[] = [];
  let place = cursor;
  do {
    const page = await client.changes({ after: place, limit: 3 });
    seen.push(...page.changes);
    place = page.cursor;
    if (page.asOf !== null && page.changes.length === 0) {
      break;
    }
  } while (seen.length < 1_000);

  assert.equal(new Set(seen.map((change) => change.cursor)).size, seen.length);
  for (const company of companies) {
    const versions = seen
      .filter(({ companyId }) => companyId === company)
      .map((change) => change.entitlementVersion ?? 0);
    assert.deepEqual(
      versions,
      versions.toSorted((a, b) => a - b),
    );
    assert.equal(versions.at(-1), (await client.entitlements(company)).entitlementVersion);
  }
  const waiting = client.changes({ after: place, waitMs: 10_000 });
  await write(20);
  assert.equal((await waiting).changes[0]?.companyId, companies[0]);
});

test("a version that was written is read on any node, and one that was not is told", async () => {
  const company = companies[0] ?? "";
  const { data } = await client.setAddon(company, { addonKey: "finance", status: "active" });

  const owned = await client.entitlements(company, { atLeastVersion: data.entitlementVersion });
  assert.ok(owned.enabledModules.includes("finance"));
  assert.deepEqual(await client.entitlements(company, { consistency: "strong" }), owned);
  const later = client.entitlements(company, { atLeastVersion: data.entitlementVersion + 1 });
  const { entitlementVersion } = owned;
  await assert.rejects(later, (error: unknown) => {
    assert.ok(error instanceof VersionNotReachedError);
    assert.deepEqual([error.version, error.wanted], [entitlementVersion, entitlementVersion + 1]);
    return true;
  });
});

test("a replica says what the server says, through writes of companies and of the catalog", async (context) => {
  const replica = await following(context);
  await untilEqual(replica);
  for (let number = 0; number < 30; number += 1) {
    await write(number);
  }
  await untilEqual(replica);

  const modules = { headers: { "content-type": "application/json", "x-internal-api-key": program.adminKey } };
  const ai = await fetch(`${program.url}/internal/catalog/modules`, modules);
  const listed = ((await ai.json()) as { data: { modules: { id: string; key: string }[] } }).data.modules;
  const id = listed.find(({ key }) => key === "ai")?.id ?? "";
  await client.setAddon(companies[1] ?? "", { addonKey: "ai", status: "active" });
  await until("the module", () => replica.isEnabled(companies[1] ?? "", "ai"));
  for (const isActive of [false, true]) {
    const patch = { method: "PATCH", body: JSON.stringify({ isActive }), ...modules };
    assert.equal((await fetch(`${program.url}/internal/catalog/modules/${id}`, patch)).status, 200);
    await until("the catalog", () => replica.isEnabled(companies[1] ?? "", "ai") === isActive);
    await untilEqual(replica);
  }
});

test("whoever writes reads the write", async (context) => {
  const replica = await following(context);
  const company = companies[2] ?? "";
  for (let number = 0; number < 40; number += 1) {
    const status = number % 2 === 0 ? "active" : "paused";
    const { data } = await client.setAddon(company, { addonKey: "finance", status });
    const answer = await replica.waitFor(company, data.entitlementVersion);
    assert.equal(answer.version, data.entitlementVersion);
    assert.equal(answer.entitlements.enabledModules.includes("finance"), status === "active");
  }
});

test("an add-on ends in the replica no later than in the database, without any message", async (context) => {
  const company = companies[3] ?? "";
  const { asOf } = await client.entitlements(company, { consistency: "strong" });
  const from = Math.max(Date.parse(asOf), Date.now());
  const endsAt = new Date(from + 1_500).toISOString();
  const startsAt = new Date(from + 1_800).toISOString();
  await client.setAddon(company, { addonKey: "finance", status: "active", endsAt });
  await client.setAddon(company, { addonKey: "ai", status: "active", startsAt });
  const replica = await following(context, { boundMs: 60_000, silenceMs: 60_000 });
  assert.deepEqual([replica.isEnabled(company, "finance"), replica.isEnabled(company, "ai")], [true, false]);
  proxy.silence(true);

  await until("both boundaries", async () => {
    const wasEarly = replica.isEnabled(company, "ai");
    const said = await client.entitlements(company, { consistency: "strong" });
    assert.ok(!replica.isEnabled(company, "finance") || said.enabledModules.includes("finance"), "it ends in time");
    assert.ok(!wasEarly || said.enabledModules.includes("ai"), "and what begins is not there before");
    return wasEarly;
  });

  const { version } = replica.entitlements(company);
  assert.equal(version, (await client.entitlements(company)).entitlementVersion);
});

test("nothing is missed, however often connections break", async (context) => {
  const replica = await following(context);
  for (let number = 0; number < 120; number += 1) {
    await write(number);
    if (number % 7 === 3) {
      proxy.cut();
    }
  }
  await untilEqual(replica);
  assert.ok(replica.standing().failures > 0);
  assert.equal(replica.standing().reloads, 0);
});

test("when nothing is heard any more nothing is said, and all is well again afterwards", async (context) => {
  const company = companies[0] ?? "";
  const replica = await following(context);
  const failures: [string, (isBroken: boolean) => Promise<void> | void][] = [
    [
      "a line that swallows everything",
      (isBroken) => {
        proxy.silence(isBroken);
      },
    ],
    [
      "a line that is cut and stays cut",
      (isBroken) => {
        proxy.refuse(isBroken);
        proxy.cut();
      },
    ],
    ["a program that hangs", (isBroken) => program.freeze(isBroken)],
  ];
  for (const [what, fails] of failures) {
    const { version } = replica.entitlements(company);
    await fails(true);
    // What is said until the bound is over is what was true; behind it, nothing is.
    await until(`silence behind ${what}`, () => {
      try {
        assert.equal(replica.entitlements(company).version, version);
        return false;
      } catch (error) {
        return error instanceof StaleError;
      }
    });
    await pause(1);
    assert.throws(() => replica.entitlements(company), StaleError);
    assert.equal(replica.entitlements(company, { maxAgeMs: 60_000 }).version, version);
    await fails(false);
    await write(0);
    await write(1);
    await untilEqual(replica);
  }
});

test("a program that is killed and comes back is followed on", async (context) => {
  const replica = await following(context);
  const behind = program.client({ maxAttempts: 30, backoffMs: 20, timeoutMs: 30_000 });
  for (let cycle = 0; cycle < 3; cycle += 1) {
    await write(cycle);
    await program.kill();
    const written = behind.setAddon(companies[1] ?? "", {
      addonKey: "finance",
      status: cycle % 2 === 0 ? "active" : "paused",
    });
    await program.serve();
    await written;
    await untilEqual(replica);
  }
  assert.equal(replica.standing().reloads, 0);
});

test("another database behind the same address is noticed, and everything loaded anew", async (context) => {
  const other = await Program.start(QUICK);
  context.after(() => other.end());
  const company = companies[0] ?? "";
  await client.setAddon(company, { addonKey: "finance", status: "active" });
  const { cursor } = await client.changes({ after: "now" });

  await assert.rejects(other.client().changes({ after: cursor }), CursorExpiredError);

  let answering = program;
  const elsewhere = program.client({ url: proxy.url, apiKey: () => answering.adminKey });
  const wandering = elsewhere.replica({ companies, boundMs: 500, silenceMs: 600 });
  context.after(() => wandering.close());
  await wandering.ready();
  await other.client().setBasic(company, { status: "active" });
  answering = other;
  proxy.lead(other.port);
  proxy.cut();
  await until("the reload", () => wandering.standing().reloads === 1);
  await until("the other database's answer", () => !wandering.isEnabled(company, "finance"));
  assert.equal(wandering.entitlements(company).version, 1);
});

test("all companies are those that there are", async (context) => {
  if (!(await program.has("/internal/companies"))) {
    context.skip("this program lists no companies yet");
    return;
  }
  const replica = await following(context, { companies: "all" });
  await untilEqual(replica);
  companies.push(someCompany());
  await client.setBasic(companies.at(-1) ?? "", { status: "active" });
  await untilEqual(replica);
});
