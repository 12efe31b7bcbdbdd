import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import {
  ConflictError,
  ForbiddenError,
  NoAnswerError,
  NotFoundError,
  PreconditionFailedError,
  UnauthorizedError,
  ValidationError,
  type Client,
  type Entitlements,
} from "../src/index.js";
import { Program, someCompany } from "./support/program.js";
import { Proxy } from "./support/proxy.js";
import { refusalOf } from "./support/refusal.js";

let program: Program;
let client: Client;

before(async () => {
  program = await Program.start();
  client = program.client();
});
after(() => program.end());

/** A company that owns Basic and Finance. */
async function owner(): Promise<string> {
  const company = someCompany();
  await client.setBasic(company, { status: "active", source: "tests" });
  await client.setAddon(company, { addonKey: "finance", status: "active" });
  return company;
}

/** Answers of the built-in `fetch`, with their statuses noted. */
function noted(): { readonly fetch: typeof fetch; readonly statuses: number[] } {
  const statuses: number[] = [];
  const noting: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    statuses.push(response.status);
    return response;
  };
  return { fetch: noting, statuses };
}

test("what a company buys it owns, under a version that moves", async () => {
  const company = someCompany();
  await assert.rejects(client.entitlements(company), NotFoundError);

  const basic = await client.setBasic(company, { status: "active", source: "tests" });
  const finance = await client.setAddon(company, {
    addonKey: "finance",
    status: "active",
    endsAt: "2100-01-01T00:00:00Z",
  });

  const owned = await client.entitlements(company);
  assert.deepEqual([owned.hasBasic, owned.basePackage, owned.enabledModules], [true, "basic", ["basic", "finance"]]);
  assert.equal(owned.validUntil, "2100-01-01T00:00:00Z");
  assert.ok(finance.data.entitlementVersion > basic.data.entitlementVersion);
  assert.equal(owned.entitlementVersion, finance.data.entitlementVersion);
});

test("an answer that is still true is not sent again, and a write is seen at once", async () => {
  const company = await owner();
  const { fetch, statuses } = noted();
  const reader = program.client({ fetch });

  const first = await reader.entitlements(company);
  const second = await reader.entitlements(company);
  await client.deactivateAddon(company, { addonKey: "finance" });
  const third = await reader.entitlements(company);

  assert.deepEqual(statuses, [200, 304, 200]);
  assert.equal(second, first);
  assert.deepEqual(third.enabledModules, ["basic"]);
  assert.throws(() => ((first as { hasBasic: boolean }).hasBasic = false), TypeError);
  assert.throws(() => (first.enabledModules as string[]).push("ai"), TypeError);
});

test("answers that are to be forgotten are asked for whole, also one that is on its way", async () => {
  const company = await owner();
  const { fetch, statuses } = noted();
  const reader = program.client({ fetch });

  const first = await reader.entitlements(company);
  const onItsWay = reader.eligibility(company);
  reader.forgetAnswers();
  await onItsWay;
  const [again] = [await reader.entitlements(company), await reader.eligibility(company)];

  assert.deepEqual(statuses, [200, 200, 200, 200]);
  assert.ok(again !== first && again.entitlementVersion === first.entitlementVersion);
});

test("what else is asked of a company comes typed", async () => {
  const company = await owner();

  const eligibility = await client.eligibility(company);
  assert.ok(eligibility.permissionFamilies.includes("finance.*"));
  assert.deepEqual((await client.features(company)).features, []);
  const refused = await refusalOf(client.feature(company, "exports"));
  assert.ok(refused instanceof NotFoundError);
  const explained = await client.explain(company, { module: "ai" });
  assert.equal(explained.companyId, company);
  assert.equal((await client.subscriptionSummary(company)).companyId, company);
  const now = await client.entitlements(company);
  assert.deepEqual(await client.entitlementsAt(company, now.asOf), now);
  const { moments, entitlementVersion } = await client.timeline(company, { limit: 5 });
  assert.deepEqual([moments, entitlementVersion], [[], now.entitlementVersion]);
  await client.putProfile(company, { name: "Acme", externalReferences: {} });
  assert.equal((await client.profile(company)).name, "Acme");
});

test("a batch answers for every company in the order asked, however many", async () => {
  const [company, unknown] = [await owner(), someCompany()];
  const asked = [unknown, ...Array.from({ length: 1_100 }, () => company)];

  const entries = await client.batch(asked);

  assert.deepEqual(
    entries.map(({ companyId }) => companyId),
    asked,
  );
  assert.equal(entries[0]?.error?.code, "not_found");
  assert.ok(entries.slice(1).every(({ entitlements }) => entitlements?.enabledModules.includes("finance")));
  assert.deepEqual(await client.batch([]), []);
});

test("a history is paged through to its end", async () => {
  const company = await owner();
  await client.setAddon(company, { addonKey: "finance", status: "paused" });

  const types: string[] = [];
  for await (const entry of client.historyEntries(company, { limit: 1 })) {
    types.push(entry.changeType);
  }

  assert.deepEqual(
    types,
    (await client.history(company)).history.map(({ changeType }) => changeType),
  );
  assert.ok(types.length >= 3);
});

test("refusals come as their classes, with every broken rule", async () => {
  const company = await owner();
  const wrong = {
    addonKey: "finance",
    status: "active",
    startsAt: "2030-01-01T00:00:00Z",
    endsAt: "2029-01-01T00:00:00Z",
  } as const;

  const invalid = await refusalOf(client.setAddon(company, wrong));
  assert.ok(invalid instanceof ValidationError);
  assert.equal(invalid.details[0]?.field, "endsAt");
  await assert.rejects(
    client.setAddon(company, { addonKey: "finance", status: "paused" }, { ifMatch: 1 }),
    PreconditionFailedError,
  );
  const stranger = program.client({ apiKey: "pck_nobody" });
  await assert.rejects(stranger.entitlements(company), UnauthorizedError);
  const reader = program.client({ apiKey: await program.key("auth") });
  await assert.rejects(reader.repair(company), ForbiddenError);
  assert.equal((await reader.entitlements(company)).companyId, company);
});

test("a request id of the caller's stands in the answer", async () => {
  const refused = await refusalOf(client.profile(someCompany(), { requestId: "checkout-77" }));
  assert.ok(refused instanceof NotFoundError);
  assert.equal(refused.requestId, "checkout-77");
});

test("a dry run stores nothing", async () => {
  const company = await owner();

  const dry = await client.setAddon(company, { addonKey: "finance", status: "cancelled" }, { dryRun: true });

  assert.equal(dry.data.changes?.length, 1);
  const [before, after] = [dry.preview?.before?.enabledModules, dry.preview?.after.enabledModules];
  assert.deepEqual([before?.includes("finance"), after?.includes("finance")], [true, false]);
  assert.ok((await client.entitlements(company)).enabledModules.includes("finance"));
});

test("a write is done once, however often it is repeated under its key", async () => {
  const company = await owner();

  const first = await client.repair(company);
  const again = await client.repair(company, { idempotencyKey: first.idempotencyKey });

  assert.equal(again.data.entitlementVersion, first.data.entitlementVersion);
  assert.notEqual((await client.repair(company)).data.entitlementVersion, first.data.entitlementVersion);
  const other = client.setBasic(company, { status: "paused" }, { idempotencyKey: first.idempotencyKey });
  await assert.rejects(other, ConflictError);
});

test("a write whose answer was lost is repeated under its key, by the client or by hand", async () => {
  const company = await owner();
  const before = (await client.entitlements(company)).entitlementVersion;
  let losses = 1;
  const losing: typeof fetch = async (input, init) => {
    const response = await fetch(input, init);
    if (losses > 0) {
      losses -= 1;
      await response.arrayBuffer();
      throw new TypeError("fetch failed");
    }
    return response;
  };

  const once = await program.client({ fetch: losing, backoffMs: 1 }).repair(company);
  assert.equal(once.data.entitlementVersion, before + 1);

  losses = 1;
  const lost = await refusalOf(program.client({ fetch: losing, maxAttempts: 1 }).repair(company));
  assert.ok(lost instanceof NoAnswerError && lost.idempotencyKey !== undefined);
  const found = await client.repair(company, { idempotencyKey: lost.idempotencyKey });
  assert.equal(found.data.entitlementVersion, before + 2);
});

test("a client goes on by itself when connections break and the program comes back", async (context) => {
  const own = await Program.start();
  const proxy = await Proxy.start(own.port);
  context.after(async () => {
    await proxy.end();
    await own.end();
  });
  const company = someCompany();
  const through = own.client({
    url: proxy.url,
    maxAttempts: 20,
    backoffMs: 20,
    timeoutMs: 20_000,
    attemptTimeoutMs: 500,
  });
  await through.setBasic(company, { status: "active" });

  proxy.cut();
  assert.equal((await through.entitlements(company)).hasBasic, true);

  await own.kill();
  const waiting: Promise<Entitlements> = through.entitlements(company);
  await own.serve();
  assert.equal((await waiting).hasBasic, true);

  await own.freeze(true);
  await assert.rejects(through.entitlements(company, { timeoutMs: 700 }), NoAnswerError);
  await own.freeze(false);
  assert.equal((await through.entitlements(company)).hasBasic, true);
});
