import assert from "node:assert/strict";
import { after, test } from "node:test";
import { inspect } from "node:util";
import {
  ApiError,
  Client,
  ConflictError,
  DeadlineError,
  ForbiddenError,
  InvalidArgumentError,
  NoAnswerError,
  NotFoundError,
  PreconditionFailedError,
  UnauthorizedError,
  UnavailableError,
  UnexpectedAnswerError,
  ValidationError,
  type ClientOptions,
} from "../src/index.js";
import { NODE } from "../src/surroundings.js";
import { retryAfterOf } from "../src/transport.js";
import { someCompany } from "./support/program.js";
import { refusalOf } from "./support/refusal.js";
import { answer, fail, ScriptedServer, succeed, type Script } from "./support/scripted.js";

const KEY = "pck_a-key-that-nobody-may-see";
const company = someCompany();
const servers: ScriptedServer[] = [];
after(() => Promise.all(servers.map((server) => server.end())));

/** A client of a scripted server, with the pauses that it made instead of waiting. */
async function scripted(script: Script, options: Partial<ClientOptions> = {}, random = (): number => 0.5) {
  const server = await ScriptedServer.start(script);
  servers.push(server);
  const pauses: number[] = [];
  const pause = (ms: number): Promise<void> => {
    pauses.push(ms);
    return Promise.resolve();
  };
  const client = new Client({ url: server.url, apiKey: KEY, ...options }, { ...NODE, pause, random });
  return { server, client, pauses };
}

test("a call that is unavailable is tried again with doubling random pauses, and then given up", async () => {
  const { server, client, pauses } = await scripted((_, response) => {
    fail(response, 503, "service_unavailable");
  });

  await assert.rejects(client.features(company), UnavailableError);

  assert.equal(server.came.length, 4);
  assert.deepEqual(pauses, [50, 100, 200]);
});

test("a pause is drawn below its bound and never above the largest", async () => {
  const script: Script = (_, response) => {
    fail(response, 503, "not_ready");
  };
  const { client, pauses } = await scripted(
    script,
    { maxAttempts: 8, backoffMs: 400, timeoutMs: 60_000 },
    () => 1 - 2 ** -20,
  );

  await assert.rejects(client.features(company), UnavailableError);

  assert.deepEqual(pauses.map(Math.ceil), [400, 800, 1600, 2000, 2000, 2000, 2000]);
});

test("what the server asks for in Retry-After is waited for, and not tried where that is too long", async () => {
  const busy = await scripted((_, response) => {
    fail(response, 503, "service_unavailable", { "retry-after": "1" });
  });
  await assert.rejects(busy.client.features(company), UnavailableError);
  assert.deepEqual(busy.pauses, [1050, 1100, 1200]);

  const long = await scripted((_, response) => {
    fail(response, 429, "rate_limited", { "retry-after": "3600" });
  });
  const refused = await refusalOf(long.client.features(company));
  assert.ok(refused instanceof UnavailableError);
  assert.equal(refused.retryAfterMs, 3_600_000);
  assert.deepEqual([long.server.came.length, long.pauses], [1, []]);
});

test("Retry-After is seconds or an instant", () => {
  assert.equal(retryAfterOf("2"), 2000);
  assert.equal(retryAfterOf("Thu, 01 Jan 1970 00:00:10 GMT", 4000), 6000);
  assert.equal(retryAfterOf("Thu, 01 Jan 1970 00:00:01 GMT", 4000), 0);
  assert.deepEqual([retryAfterOf("soon"), retryAfterOf(null)], [undefined, undefined]);
});

test("a write makes one idempotency key and one request id and repeats itself under them", async () => {
  let attempts = 0;
  const { server, client } = await scripted((_, response) => {
    attempts += 1;
    if (attempts === 1) {
      response.destroy();
    } else if (attempts === 2) {
      fail(response, 503, "service_unavailable");
    } else {
      succeed(response, { companyId: company, addonKey: "finance", status: "active", entitlementVersion: 1 });
    }
  });

  const written = await client.setAddon(
    company,
    { addonKey: "finance", status: "active" },
    { actor: "ada", ifMatch: 3 },
  );

  assert.equal(written.data.entitlementVersion, 1);
  const keys = new Set(server.came.map(({ headers }) => headers["idempotency-key"]));
  assert.deepEqual([...keys], [written.idempotencyKey]);
  assert.equal(new Set(server.came.map(({ headers }) => headers["x-request-id"])).size, 1);
  assert.equal(new Set(server.came.map(({ body }) => body)).size, 1);
  assert.deepEqual([server.came[2]?.headers["x-actor-id"], server.came[2]?.headers["if-match"]], ["ada", '"3"']);

  await client.setAddon(company, { addonKey: "finance", status: "active" });
  assert.notEqual(server.came[3]?.headers["idempotency-key"], written.idempotencyKey);
});

test("a write that nobody answered says under which key to repeat it", async () => {
  const { client, server } = await scripted((_, response) => response.destroy(), { maxAttempts: 2 });

  const error = await refusalOf(client.repair(company));

  assert.ok(error instanceof NoAnswerError && error.retryable);
  assert.equal(error.idempotencyKey, server.came[1]?.headers["idempotency-key"]);
  assert.equal(error.requestId, server.came[1]?.headers["x-request-id"]);
});

test("each code has its class, and what is refused for good is not tried again", async () => {
  const classes: readonly [number, string, typeof ApiError][] = [
    [400, "validation_error", ValidationError],
    [401, "unauthorized", UnauthorizedError],
    [403, "forbidden", ForbiddenError],
    [404, "not_found", NotFoundError],
    [409, "conflict", ConflictError],
    [412, "precondition_failed", PreconditionFailedError],
    [500, "internal_error", ApiError],
    [418, "a_code_of_tomorrow", ApiError],
  ];
  for (const [status, code, Class] of classes) {
    const { client, server } = await scripted((_, response) => {
      const error = { code, message: "no", details: [{ field: "endsAt", message: "lies before startsAt" }] };
      answer(response, status, { success: false, error }, { "x-request-id": "r-7" });
    });
    const error = await refusalOf(client.setBasic(company, { status: "active" }));
    assert.ok(error instanceof Class, code);
    assert.deepEqual(
      [error.code, error.status, error.message, error.requestId, error.retryable, error.details[0]?.field],
      [code, status, "no", "r-7", false, "endsAt"],
    );
    assert.equal(server.came.length, 1);
  }
});

test("what is not platform-core is not taken for it", async () => {
  const others: Script[] = [
    (_, response) => response.end("<html>hello</html>"),
    (_, response) => {
      answer(response, 200, { data: {} });
    },
    (_, response) => response.writeHead(301, { location: "http://elsewhere.invalid/" }).end(),
    (_, response) => response.writeHead(404, { "content-type": "text/html" }).end("no such page"),
  ];
  for (const script of others) {
    const { client, server } = await scripted(script);
    await assert.rejects(client.features(company), UnexpectedAnswerError);
    assert.equal(server.came.length, 1);
  }
  const proxy = await scripted((_, response) => response.writeHead(502).end("bad gateway"));
  await assert.rejects(proxy.client.features(company), UnavailableError);
  assert.equal(proxy.server.came.length, 4);
});

test("an attempt that takes too long is a DeadlineError and tried again", async () => {
  const { client, server } = await scripted(() => undefined, { attemptTimeoutMs: 20, maxAttempts: 2 });

  const error = await refusalOf(client.repair(company));

  assert.ok(error instanceof DeadlineError);
  assert.equal(server.came.length, 2);
});

test("a caller who gives up is told with his own reason, and nothing is tried again", async () => {
  const { client, server } = await scripted(() => {
    controller.abort(new Error("enough"));
  });
  const controller = new AbortController();

  await assert.rejects(client.features(company, { signal: controller.signal }), { message: "enough" });

  assert.equal(server.came.length, 1);
});

test("arguments that would be another route or a broken header never leave the process", async () => {
  const { client, server } = await scripted((_, response) => response.end());
  for (const id of ["", "..", "a/b", company.toUpperCase(), `${company}/basic`]) {
    await assert.rejects(client.features(id), InvalidArgumentError);
  }
  await assert.rejects(client.feature(company, "../explain"), InvalidArgumentError);
  await assert.rejects(client.repair(company, { actor: "a\nb" }), InvalidArgumentError);
  await assert.rejects(client.repair(company, { idempotencyKey: "" }), InvalidArgumentError);
  assert.equal(server.came.length, 0);
  for (const url of ["core:8080", "ftp://core", "http://me:secret@core", "http://core/?a=1", ""]) {
    assert.throws(() => new Client({ url, apiKey: KEY }), InvalidArgumentError);
  }
});

test("the key is asked for before every attempt, and stands in no error, no text and no inspection", async () => {
  let asked = 0;
  const apiKey = (): string => `${KEY}-${(asked += 1)}`;
  const { client, server } = await scripted((_, response) => response.destroy(), { apiKey, maxAttempts: 2 });

  const broken = await refusalOf(client.repair(company));

  assert.deepEqual(
    server.came.map(({ headers }) => headers["x-internal-api-key"]),
    [`${KEY}-1`, `${KEY}-2`],
  );
  const plain = new Client({ url: server.url, apiKey: KEY });
  const replica = plain.replica({ companies: [company] });
  await replica.close();
  const refused = await scripted((_, response) => {
    fail(response, 401, "unauthorized");
  });
  const unauthorized = await refusalOf(refused.client.repair(company));
  for (const value of [broken, unauthorized, plain, client, replica]) {
    const texts = [
      inspect(value, { depth: Infinity, showHidden: true, getters: true }),
      JSON.stringify(value),
      String(value),
    ];
    assert.ok(!texts.some((text) => text.includes(KEY)));
  }
  const said = await refusalOf(() => new Client({ url: server.url, apiKey: `${KEY}\n` }));
  assert.ok(said instanceof InvalidArgumentError && !inspect(said).includes(KEY));
  const late = new Client({ url: server.url, apiKey: () => `${KEY}\n` });
  const saidLater = await refusalOf(late.repair(company));
  assert.ok(saidLater instanceof InvalidArgumentError && !inspect(saidLater).includes(KEY));
});

test("an address may have a path in front", async () => {
  const { server } = await scripted((_, response) => {
    succeed(response, {});
  });
  const client = new Client({ url: `${server.url}/core`, apiKey: KEY });

  await client.features(company);

  assert.equal(server.came[0]?.url.pathname, `/core/internal/companies/${company}/features`);
});
