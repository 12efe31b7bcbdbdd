import { afterEach, beforeEach } from "node:test";
import { Client, type Replica, type ReplicaOptions } from "../../src/index.js";
import { NODE, type Surroundings } from "../../src/surroundings.js";
import { ScriptedCore } from "./core.js";
import { entitled } from "./entitled.js";
import { until } from "./until.js";

/** Two companies. */
export const [one, other] = [crypto.randomUUID(), crypto.randomUUID()];
/** A second, in microseconds. */
export const SECOND = 1_000_000;

/** A scripted platform-core with replicas of it, whose clocks move when a test moves them. A new one for each test; it begins with company `one`. */
export class Stage {
  core = new ScriptedCore();
  #replicas: Replica[] = [];
  #moment = 0;

  constructor() {
    beforeEach(async () => {
      this.core = await ScriptedCore.start();
      this.#moment = 50_000;
      this.own(one, 3, ["basic", "finance"]);
    });
    afterEach(async () => {
      await Promise.all(this.#replicas.map((replica) => replica.close()));
      this.#replicas = [];
      await this.core.end();
    });
  }

  own(companyId: string, version: number, modules: readonly string[]): void {
    this.core.owned.set(companyId, { companyId, entitlements: entitled(companyId, version, modules), upcoming: [] });
  }

  /** Time passes, for the database and for the replicas. */
  pass(ms: number): void {
    this.#moment += ms;
    this.core.instant += ms * 1000;
  }

  start(options: Partial<ReplicaOptions> = {}): Replica {
    const surroundings: Surroundings = { ...NODE, now: () => this.#moment, random: () => 0.01 };
    const client = new Client({ url: this.core.url, apiKey: "key", maxAttempts: 1 }, surroundings);
    const replica = client.replica({ companies: [one], clockMarginMs: 0, silenceMs: 60_000, ...options });
    this.#replicas.push(replica);
    return replica;
  }

  /** A replica that follows the stream. */
  async following(options: Partial<ReplicaOptions> = {}): Promise<Replica> {
    const replica = this.start(options);
    await until("an open stream", () => this.core.streams.length === this.#replicas.length);
    this.core.beat();
    await replica.ready();
    return replica;
  }

  /** Beats until the replica has heard it. */
  async beaten(replica: Replica): Promise<void> {
    this.core.beat();
    await until("a heartbeat", () => replica.standing().ageMs < 1);
  }
}
