import type { ServerResponse } from "node:http";
import type { BatchEntry, Change } from "../../src/index.js";
import { instantOf } from "./entitled.js";
import { fail, ScriptedServer, succeed, type Came } from "./scripted.js";

/** A platform-core that says what a test wants, at the instant that the test sets. */
export class ScriptedCore {
  /** What the database's clock shows, in microseconds. */
  instant = 1_000_000_000;
  /** What companies own. */
  readonly owned = new Map<string, BatchEntry>();
  /** Where the feed ends. */
  position = "c1.1";
  /** Positions that are not kept any more. */
  readonly expired = new Set<string>();
  /** Streams that are open, with where they began. */
  readonly streams: { readonly after: string | undefined; readonly response: ServerResponse }[] = [];
  /** Is asked before a batch is answered: `false` answers 503, a promise holds it up. */
  gate: () => boolean | Promise<boolean> = () => true;
  #server: ScriptedServer | undefined;

  static async start(): Promise<ScriptedCore> {
    const core = new ScriptedCore();
    core.#server = await ScriptedServer.start((came, response) => {
      void core.#answer(came, response);
    });
    return core;
  }

  get url(): string {
    return this.#server?.url ?? "";
  }

  /** What was asked of a route. */
  asked(path: string): readonly Came[] {
    return (this.#server?.came ?? []).filter(({ url }) => url.pathname === path);
  }

  /** Says on every stream that nothing is missing until now, or until an earlier instant. */
  beat(asOf: number = this.instant): void {
    this.#write(`: position=${this.position} asOf=${instantOf(asOf)}\n\n`);
  }

  /** Says on every stream what has changed. */
  tell(change: Partial<Change>): void {
    this.position = `c1.${Number(this.position.split(".")[1]) + 1}`;
    const whole = {
      cursor: this.position,
      at: instantOf(this.instant),
      kind: change.companyId == null ? "catalog" : "company",
      companyId: null,
      entitlementVersion: null,
      changeType: "addon_activated",
      entityType: "addon",
      entityKey: "finance",
      requestId: null,
      ...change,
    };
    this.#write(`id: ${whole.cursor}\nevent: ${whole.kind}\ndata: ${JSON.stringify(whole)}\n\n`);
  }

  /** Breaks every stream. */
  cut(): void {
    for (const { response } of this.streams.splice(0)) {
      response.destroy();
    }
  }

  async end(): Promise<void> {
    await this.#server?.end();
  }

  #write(text: string): void {
    for (const { response } of this.streams) {
      response.write(text);
    }
  }

  async #answer(came: Came, response: ServerResponse): Promise<void> {
    const { pathname } = came.url;
    if (pathname === "/internal/entitlements/batch") {
      const { companyIds } = JSON.parse(came.body) as { companyIds: string[] };
      const unknown = { code: "not_found", message: "company not found" } as const;
      const entries = companyIds.map((companyId) => this.owned.get(companyId) ?? { companyId, error: unknown });
      if (await this.gate()) {
        succeed(response, { companies: entries });
      } else {
        fail(response, 503, "service_unavailable");
      }
    } else if (pathname === "/internal/companies") {
      succeed(response, this.#page(came.url.searchParams.get("cursor")));
    } else if (came.headers.accept === "text/event-stream") {
      this.#stream(came, response);
    } else if (pathname === "/internal/changes") {
      succeed(response, { changes: [], cursor: this.position, asOf: instantOf(this.instant) });
    } else {
      fail(response, 404, "not_found");
    }
  }

  /** Pages of two. */
  #page(cursor: string | null): unknown {
    const start = Number(cursor ?? 0);
    const ids = [...this.owned.keys()].sort();
    const companies = ids.slice(start, start + 2).map((companyId) => ({ companyId, name: null }));
    return { companies, nextCursor: start + 2 < ids.length ? String(start + 2) : null };
  }

  #stream(came: Came, response: ServerResponse): void {
    const after = came.headers["last-event-id"] as string | undefined;
    if (after !== undefined && this.expired.has(after)) {
      fail(response, 410, "cursor_expired");
      return;
    }
    response.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-store" });
    response.write("retry: 1000\n\n");
    this.streams.push({ after, response });
  }
}
