import { asVersionNotReached, VersionNotReachedError, type Detail, type Preview } from "./errors.js";
import type { ApiKeySource } from "./key.js";
import { pathOf, type Places } from "./path.js";
import { Remembered } from "./remembered.js";
import { Replica, type ReplicaOptions } from "./replica/replica.js";
import { NODE, type Surroundings } from "./surroundings.js";
import { headerText, Transport, type CallOptions, type Patience } from "./transport.js";
import type * as wire from "./wire.js";
import type { BodyOf, DataOf, QueryOf, Route } from "./wire.js";

/** Most companies of one batch: the server takes no more. */
const MAX_BATCH = 1_000;

const PATIENCE: Patience = {
  timeoutMs: 10_000,
  attemptTimeoutMs: 3_000,
  maxAttempts: 4,
  backoffMs: 100,
  maxBackoffMs: 2_000,
};

/** What a client is made of. */
export interface ClientOptions extends Partial<Patience> {
  /** Where platform-core is, such as `http://core.internal:8080`. */
  readonly url: string;
  /** The API key, or a function that gives the present one. */
  readonly apiKey: ApiKeySource;
  /** Sends requests instead of the built-in `fetch`: for client certificates or a proxy. */
  readonly fetch?: typeof globalThis.fetch;
  /** Of how many answers about companies the client remembers the version, to be told "not modified"; 10,000 when left out. */
  readonly rememberedAnswers?: number;
}

/** How fresh an answer must be. */
export interface FreshnessOptions extends CallOptions {
  /** `strong` asks the database, whatever the node remembers. */
  readonly consistency?: "strong";
}

/** How fresh an answer about one company must be. */
export interface EntitlementsOptions extends FreshnessOptions {
  /** The least version that will do: that which a write answered. Where it is not reached the call is a `VersionNotReachedError`. */
  readonly atLeastVersion?: number;
}

/** How fresh the answers of a batch must be, and how far they look ahead. */
export interface BatchOptions extends FreshnessOptions {
  /** Of how many boundaries to come the entitlements behind them are wanted too. */
  readonly upcoming?: number;
}

/** How a write is carried out. */
export interface WriteOptions extends CallOptions {
  /** The key that makes repeats of this write one; drawn when left out. Give that of an error to learn what became of the write. */
  readonly idempotencyKey?: string;
  /** The version that the write was decided on: `PreconditionFailedError` when it has moved. */
  readonly ifMatch?: number;
  /** On whose behalf the caller writes. */
  readonly actor?: string;
  /** Answers what the write would do, with `changes`, and stores nothing. */
  readonly dryRun?: boolean;
}

/** What a write answered. */
export interface Written<T> {
  readonly data: T;
  /** What one should know. */
  readonly warnings: readonly Detail[];
  /** Of a dry run of a company write: what the company owns without it and with it. */
  readonly preview?: Preview;
  /** The key under which the server keeps the answer for 24 hours. */
  readonly idempotencyKey: string;
}

const COMPANY = "/internal/companies/{companyId}";
type Company<Rest extends string> = `${typeof COMPANY}/${Rest}`;
type Of<Rest extends string, M extends wire.Method> =
  Company<Rest> extends infer R extends Route ? DataOf<R, M> : never;
type Body<Rest extends string, M extends wire.Method> =
  Company<Rest> extends infer R extends Route ? BodyOf<R, M> : never;
type Page = CallOptions & { readonly limit?: number; readonly cursor?: string };

/** Calls platform-core. Safe to share; holds no connection of its own beyond those of `fetch`. */
export class Client {
  readonly #transport: Transport;
  readonly #surroundings: Surroundings;
  readonly #remembered: Remembered<{ readonly etag: string; readonly data: unknown }>;

  constructor(options: ClientOptions, surroundings: Surroundings = NODE) {
    const { url, apiKey, fetch, rememberedAnswers, ...patience } = options;
    this.#surroundings = fetch === undefined ? surroundings : { ...surroundings, fetch };
    this.#transport = new Transport(url, apiKey, { ...PATIENCE, ...patience }, this.#surroundings);
    this.#remembered = new Remembered(rememberedAnswers ?? 10_000);
  }

  /** Forgets the answers that it remembers: once after the server's database was restored. A replica does it when it learns of that. */
  forgetAnswers(): void {
    this.#remembered.clear();
  }

  /** What a company commercially owns right now. Answers that the server says are still true come from memory; they are frozen. */
  async entitlements(companyId: string, options: EntitlementsOptions = {}): Promise<wire.Entitlements> {
    const { atLeastVersion } = options;
    const read = this.#unlessSame(`${COMPANY}/entitlements`, { companyId }, { atLeastVersion }, options);
    const data = await read.catch(asVersionNotReached(companyId, atLeastVersion));
    if (atLeastVersion !== undefined && data.entitlementVersion < atLeastVersion) {
      throw new VersionNotReachedError(companyId, atLeastVersion, data.entitlementVersion);
    }
    return data;
  }

  /** What a company owned at an instant, as it was answered then (writes of the last seconds may still come), or will own as planned now. */
  async entitlementsAt(companyId: string, at: string, options: CallOptions = {}): Promise<wire.Entitlements> {
    return this.#read(`${COMPANY}/entitlements`, { companyId }, { at }, options);
  }

  /** The boundaries ahead of a company, in order, and what each changes by itself: up to 500, 50 unless said otherwise. */
  async timeline(companyId: string, options: CallOptions & { readonly limit?: number } = {}): Promise<wire.Timeline> {
    return this.#read(`${COMPANY}/timeline`, { companyId }, { limit: options.limit }, options);
  }

  /** The entitlements of any number of companies, in the order asked; a thousand in one request. */
  async batch(companyIds: readonly string[], options: BatchOptions = {}): Promise<wire.BatchEntry[]> {
    const entries: wire.BatchEntry[] = [];
    for (let start = 0; start < companyIds.length; start += MAX_BATCH) {
      const body = { companyIds: companyIds.slice(start, start + MAX_BATCH), upcoming: options.upcoming };
      const asked = {
        method: "POST",
        path: "/internal/entitlements/batch",
        headers: freshness(options),
        body,
      } as const;
      const { data } = await this.#transport.send(asked, options);
      entries.push(...(data as { companies: wire.BatchEntry[] }).companies);
    }
    return entries;
  }

  /** What a company may become eligible for: families such as `finance.*`, and single permissions. */
  async eligibility(companyId: string, options: FreshnessOptions = {}): Promise<wire.Eligibility> {
    return this.#unlessSame(`${COMPANY}/eligibility`, { companyId }, {}, options);
  }

  /** The features that a company has, credits with their balance. */
  async features(companyId: string, options: FreshnessOptions = {}): Promise<wire.Features> {
    return this.#read(`${COMPANY}/features`, { companyId }, {}, options);
  }

  /** One feature that a company has; `NotFoundError` when it has it not. */
  async feature(companyId: string, featureKey: string, options: FreshnessOptions = {}): Promise<wire.Feature> {
    return this.#read(`${COMPANY}/features/{featureKey}`, { companyId, featureKey }, {}, options);
  }

  /** Why a company has what it has; with `module`, `permission` or `feature` why it has that, or why not. */
  async explain(
    companyId: string,
    asked: QueryOf<Company<"explain">, "get"> = {},
    options: CallOptions = {},
  ): Promise<wire.Explanation> {
    return this.#read(`${COMPANY}/explain`, { companyId }, asked, options);
  }

  /** What a company subscribes to. */
  async subscriptionSummary(companyId: string, options: CallOptions = {}): Promise<wire.Summary> {
    return this.#read(`${COMPANY}/subscription-summary`, { companyId }, {}, options);
  }

  /** A page of a company's history, newest first. */
  async history(companyId: string, page: Page = {}): Promise<wire.History> {
    return this.#read(`${COMPANY}/history`, { companyId }, pageOf(page), page);
  }

  /** A company's whole history, newest first, page by page. */
  async *historyEntries(companyId: string, page: Page = {}): AsyncGenerator<wire.HistoryEntry, void, undefined> {
    let cursor: string | null | undefined = page.cursor;
    do {
      const { history, nextCursor }: wire.History = await this.history(
        companyId,
        cursor == null ? page : { ...page, cursor },
      );
      yield* history;
      cursor = nextCursor;
    } while (cursor != null);
  }

  /** A company's profile. */
  async profile(companyId: string, options: CallOptions = {}): Promise<Of<"profile", "get">> {
    return this.#read(`${COMPANY}/profile`, { companyId }, {}, options);
  }

  /** What a company is granted. */
  async grants(companyId: string, options: CallOptions = {}): Promise<Of<"grants", "get">> {
    return this.#read(`${COMPANY}/grants`, { companyId }, {}, options);
  }

  /** A company's credits. */
  async credits(companyId: string, options: CallOptions = {}): Promise<Of<"credits", "get">> {
    return this.#read(`${COMPANY}/credits`, { companyId }, {}, options);
  }

  /** A page of the moves of a company's credits of one feature. */
  async ledger(
    companyId: string,
    featureKey: string,
    page: Page = {},
  ): Promise<Of<"credits/{featureKey}/ledger", "get">> {
    return this.#read(`${COMPANY}/credits/{featureKey}/ledger`, { companyId, featureKey }, pageOf(page), page);
  }

  /** Activates, changes, pauses or ends Basic. */
  async setBasic(
    companyId: string,
    body: Body<"basic", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"basic", "post">>> {
    return this.#write("POST", `${COMPANY}/basic`, { companyId }, body, options);
  }

  /** Activates, changes, pauses or ends any package. */
  async setPackage(
    companyId: string,
    body: Body<"packages", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"packages", "post">>> {
    return this.#write("POST", `${COMPANY}/packages`, { companyId }, body, options);
  }

  /** Activates, changes, pauses or ends one add-on. */
  async setAddon(
    companyId: string,
    body: Body<"addons", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"addons", "post">>> {
    return this.#write("POST", `${COMPANY}/addons`, { companyId }, body, options);
  }

  /** Ends one add-on. */
  async deactivateAddon(
    companyId: string,
    body: Body<"deactivate-addon", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"deactivate-addon", "post">>> {
    return this.#write("POST", `${COMPANY}/deactivate-addon`, { companyId }, body, options);
  }

  /** Moves a company from one package to another, at once or at an instant. */
  async changePackage(
    companyId: string,
    body: Body<"change-package", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"change-package", "post">>> {
    return this.#write("POST", `${COMPANY}/change-package`, { companyId }, body, options);
  }

  /** Takes a planned change of package back. */
  async cancelPackageChange(
    companyId: string,
    options?: WriteOptions,
  ): Promise<Written<Of<"change-package", "delete">>> {
    return this.#write("DELETE", `${COMPANY}/change-package`, { companyId }, undefined, options);
  }

  /** Grants a feature or a module within a window. */
  async addGrant(
    companyId: string,
    body: Body<"grants", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"grants", "post">>> {
    return this.#write("POST", `${COMPANY}/grants`, { companyId }, body, options);
  }

  /** Takes a grant away. */
  async removeGrant(
    companyId: string,
    grantId: string,
    options?: WriteOptions,
  ): Promise<Written<Of<"grants/{grantId}", "delete">>> {
    return this.#write("DELETE", `${COMPANY}/grants/{grantId}`, { companyId, grantId }, undefined, options);
  }

  /** Grants credits of a feature. */
  async grantCredits(
    companyId: string,
    featureKey: string,
    body: Body<"credits/{featureKey}/grant", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"credits/{featureKey}/grant", "post">>> {
    return this.#write("POST", `${COMPANY}/credits/{featureKey}/grant`, { companyId, featureKey }, body, options);
  }

  /** Uses credits of a feature up; `ConflictError` where there are not enough. */
  async consumeCredits(
    companyId: string,
    featureKey: string,
    body: Body<"credits/{featureKey}/consume", "post">,
    options?: WriteOptions,
  ): Promise<Written<Of<"credits/{featureKey}/consume", "post">>> {
    return this.#write("POST", `${COMPANY}/credits/{featureKey}/consume`, { companyId, featureKey }, body, options);
  }

  /** Puts a company's profile in the place of what is there. */
  async putProfile(
    companyId: string,
    body: Body<"profile", "put">,
    options?: WriteOptions,
  ): Promise<Written<Of<"profile", "put">>> {
    return this.#write("PUT", `${COMPANY}/profile`, { companyId }, body, options);
  }

  /** Moves a company's version, so that everybody who caches asks again. */
  async repair(companyId: string, options?: WriteOptions): Promise<Written<Of<"repair", "post">>> {
    return this.#write("POST", `${COMPANY}/repair`, { companyId }, undefined, options);
  }

  /** One page of the change feed, waiting up to `waitMs` for something new. `after` is a cursor, `now`, or left out for the start. */
  async changes(
    query: { readonly after?: string; readonly limit?: number; readonly waitMs?: number } = {},
    options: CallOptions = {},
  ): Promise<wire.Changes> {
    const { data } = await this.#transport.send({ method: "GET", path: "/internal/changes", query }, options);
    return data as wire.Changes;
  }

  /** A page of all companies, for a replica of all of them. Needs the scope `companies:read`. */
  async companies(page: Page = {}): Promise<wire.CompanyPage> {
    const asked = { method: "GET", path: "/internal/companies", query: pageOf(page) } as const;
    return (await this.#transport.send(asked, page)).data as wire.CompanyPage;
  }

  /** Starts a replica: what the chosen companies own, in this process, kept by the stream of changes. Close it when done. */
  replica(options: ReplicaOptions): Replica {
    return new Replica(options, this, this.#transport, this.#surroundings);
  }

  async #read<R extends Route>(
    route: R,
    places: Places,
    query: Readonly<Record<string, string | number | undefined>>,
    options: FreshnessOptions,
  ): Promise<DataOf<R, "get">> {
    const asked = { method: "GET", path: pathOf(route, places), query, headers: freshness(options) } as const;
    return (await this.#transport.send(asked, options)).data as DataOf<R, "get">;
  }

  /** Reads what has the entitlement version as its `ETag`: what is remembered when it is still true. */
  async #unlessSame<R extends Route>(
    route: R,
    places: Places,
    query: Readonly<Record<string, number | undefined>>,
    options: FreshnessOptions,
  ): Promise<DataOf<R, "get">> {
    const path = pathOf(route, places);
    const [known, life] = [this.#remembered.get(path), this.#remembered.life];
    const headers = { ...freshness(options), "if-none-match": known?.etag };
    const answered = await this.#transport.send({ method: "GET", path, query, headers }, options);
    if (answered.status === 304 && known !== undefined) {
      return known.data as DataOf<R, "get">;
    }
    const data = deepFrozen(answered.data) as DataOf<R, "get"> & { readonly entitlementVersion: number };
    this.#remembered.set(path, { etag: `"${data.entitlementVersion}"`, data }, life);
    return data;
  }

  async #write<R extends Route, M extends "POST" | "PUT" | "DELETE">(
    method: M,
    route: R,
    places: Places,
    body: unknown,
    options: WriteOptions = {},
  ): Promise<Written<DataOf<R, Lowercase<M>>>> {
    const { ifMatch, actor, dryRun } = options;
    const drawn = options.idempotencyKey ?? this.#surroundings.uniqueKey();
    const idempotencyKey = headerText("idempotencyKey", drawn, 255);
    const headers = {
      "if-match": ifMatch === undefined ? undefined : `"${ifMatch}"`,
      "x-actor-id": actor === undefined ? undefined : headerText("actor", actor, 128),
    };
    const query = { dryRun: dryRun === true ? true : undefined };
    const asked = { method, path: pathOf(route, places), query, headers, body, idempotencyKey };
    const { data, warnings, preview } = await this.#transport.send(asked, options);
    const written = { data: data as DataOf<R, Lowercase<M>>, warnings, idempotencyKey };
    return preview === undefined ? written : { ...written, preview };
  }
}

function freshness(options: FreshnessOptions): Record<string, string | undefined> {
  return { consistency: options.consistency };
}

function pageOf(page: Page): Record<string, string | number | undefined> {
  return { limit: page.limit, cursor: page.cursor };
}

function deepFrozen<T>(value: T): T {
  if (typeof value === "object" && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFrozen);
  }
  return value;
}
