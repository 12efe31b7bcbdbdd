import { inspect } from "node:util";
import { InvalidArgumentError } from "./errors.js";

/** An API key, or a function that gives the present one (for keys that are rotated). It is asked before every attempt. */
export type ApiKeySource = string | (() => string | Promise<string>);

/** What stands for the key wherever somebody looks at it. */
const HIDDEN = "[API key]";

/** Holds the API key so that it gets into headers and nowhere else: not into logs, not into JSON, not into `console.log`. */
export class ApiKey {
  readonly #source: ApiKeySource;

  constructor(source: ApiKeySource) {
    this.#source = typeof source === "string" ? checked(source) : source;
  }

  /** The key, for a header. */
  async reveal(): Promise<string> {
    return typeof this.#source === "string" ? this.#source : checked(await this.#source());
  }

  toString(): string {
    return HIDDEN;
  }

  toJSON(): string {
    return HIDDEN;
  }

  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** A header with a wrong character is refused by `fetch` in a message that shows it, so it must not get that far. */
function checked(key: unknown): string {
  if (typeof key !== "string" || !/^[!-~]+$/.test(key)) {
    throw new InvalidArgumentError("apiKey must be a text of printable ASCII characters without spaces or line breaks");
  }
  return key;
}
