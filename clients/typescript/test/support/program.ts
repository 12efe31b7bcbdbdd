import { execFile, spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Client, type ClientOptions } from "../../src/index.js";
import { NODE, type Surroundings } from "../../src/surroundings.js";
import { until } from "./until.js";

const run = promisify(execFile);
const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** The program that is tested against: built beforehand, by `make test` or `cargo build --profile quick -p cli`. */
const binary =
  process.env["PLATFORM_CORE_PROGRAM"] ??
  join(process.env["CARGO_TARGET_DIR"] ?? join(root, "target"), "quick/platform-core");

/** A company that nobody else uses. */
export function someCompany(): string {
  return crypto.randomUUID();
}

/** A platform-core of a test's own, on a database of its own. */
export class Program {
  readonly #folder: string;
  readonly #settings: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;
  #port = 0;
  readonly adminKey: string;

  private constructor(folder: string, adminKey: string, settings: Readonly<Record<string, string>>) {
    this.#folder = folder;
    this.adminKey = adminKey;
    this.#settings = settings;
  }

  /** Makes a database, a key, and starts. Settings are configuration variables without their prefix, such as `FEED__HEARTBEAT_MS`. */
  static async start(settings: Readonly<Record<string, string>> = {}): Promise<Program> {
    if (!existsSync(binary)) {
      throw new Error(`${binary} does not exist: build it, or name another in PLATFORM_CORE_PROGRAM`);
    }
    const folder = await mkdtemp(join(tmpdir(), "platform-core-"));
    const database = ["--database-url", `sqlite:${join(folder, "core.db")}`];
    const env = environment({});
    await run(binary, ["migrate", ...database], { env });
    const { stdout } = await run(binary, ["keys", "create", "tests", "--role", "admin", ...database], { env });
    const program = new Program(folder, stdout.trim(), settings);
    await program.serve();
    return program;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  get port(): number {
    return this.#port;
  }

  /** Another key, which the program knows already. */
  async key(role: "admin" | "auth" | "job"): Promise<string> {
    const response = await fetch(`${this.url}/internal/keys`, {
      method: "POST",
      headers: { "content-type": "application/json", "x-internal-api-key": this.adminKey },
      body: JSON.stringify({ name: `${role}-${crypto.randomUUID()}`, role }),
    });
    const { key } = ((await response.json()) as { data: { key: string } }).data;
    await until("the program knowing the key", async () => {
      const asked = `${this.url}/internal/companies/${someCompany()}/entitlements`;
      return (await fetch(asked, { headers: { "x-internal-api-key": key } })).status === 404;
    });
    return key;
  }

  /** Starts serving; on the port of before, where there was one. */
  async serve(): Promise<void> {
    const database = `sqlite:${join(this.#folder, "core.db")}`;
    const env = environment(this.#settings);
    const listen = ["--listen", `127.0.0.1:${this.#port}`];
    const started = spawn(binary, ["serve", "--database-url", database, ...listen], {
      env,
      stdio: ["ignore", "ignore", "pipe"],
    });
    this.#process = started;
    let said = "";
    const serving = new Promise<string>((resolve, reject) => {
      started.stderr.on("data", (piece: Buffer) => {
        said = said.length > 100_000 ? "" : said + piece.toString();
        const line = said.split("\n").find((line) => line.includes('"message":"serving"') && line.endsWith("}"));
        if (line !== undefined) {
          resolve(line);
        }
      });
      started.once("exit", (code) => {
        reject(new Error(`the program ended with ${code} instead of serving: ${said}`));
      });
    });
    this.#port = Number((JSON.parse(await serving) as { api: string }).api.split(":")[1]);
  }

  /** Ends the program without a word. */
  async kill(): Promise<void> {
    const running = this.#process;
    if (running?.exitCode === null && running.signalCode === null) {
      const ended = new Promise((resolve) => running.once("exit", resolve));
      running.kill("SIGKILL");
      await ended;
    }
  }

  /** Stops the program in its tracks, or lets it go on: to a caller it hangs. A stop takes a moment to reach every thread. */
  async freeze(isFrozen: boolean): Promise<void> {
    this.#process?.kill(isFrozen ? "SIGSTOP" : "SIGCONT");
    await until("a frozen program", async () => {
      const asked = fetch(`${this.url}/health`, { signal: AbortSignal.timeout(200) });
      const isAnswered = await asked.then(
        ({ ok }) => ok,
        () => false,
      );
      return isAnswered !== isFrozen;
    });
  }

  async end(): Promise<void> {
    await this.kill();
    await rm(this.#folder, { recursive: true, force: true });
  }

  client(options: Partial<ClientOptions> = {}, surroundings: Surroundings = NODE): Client {
    return new Client({ url: this.url, apiKey: this.adminKey, ...options }, surroundings);
  }

  /** Whether the program has a route. */
  async has(route: string): Promise<boolean> {
    const document = (await (await fetch(`${this.url}/openapi.json`)).json()) as { paths: Record<string, unknown> };
    return route in document.paths;
  }
}

/** What the program must not inherit from the shell that the tests are called from is left out. */
function environment(settings: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("PLATFORM_CORE_"));
  const given = Object.entries(settings).map(([name, value]) => [`PLATFORM_CORE__${name}`, value]);
  const all = new Map([...inherited, ...given] as [string, string | undefined][]);
  return { ...Object.fromEntries(all), PLATFORM_CORE__METRICS__LISTEN: "off" };
}
