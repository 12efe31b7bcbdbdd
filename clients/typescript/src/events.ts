import { microsOf } from "./instant.js";
import type { Change } from "./wire.js";

/** The longest line, in characters. A change has some hundred. */
const MAX_LINE = 1 << 20;

/** What the stream of changes says. */
export type StreamEvent =
  | {
      readonly kind: "heartbeat";
      /** A place to go on from. */
      readonly position: string;
      /** Everything committed before this was sent before: microseconds since 1970 by the database's clock. */
      readonly asOf: number;
    }
  | { readonly kind: "change"; readonly change: Change };

/** The stream is not what it should be. */
export class BrokenStreamError extends Error {
  override readonly name = "BrokenStreamError";
}

/**
 * Reads the stream of changes from pieces of bytes as they come. It is the part of server-sent events that the server speaks: lines that end in LF
 * or CR LF, `data` on one or more lines. Other fields tell nothing that does not stand in `data`; they, and comments that are no heartbeats, are
 * passed over.
 */
export class EventReader {
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #rest = "";
  #payload = "";

  /** Takes the next piece, and gives what is complete with it. */
  take(piece: Uint8Array): StreamEvent[] {
    const lines = (this.#rest + this.#decoder.decode(piece, { stream: true })).split("\n");
    this.#rest = lines.pop() ?? "";
    if (this.#rest.length > MAX_LINE || this.#payload.length > MAX_LINE) {
      throw new BrokenStreamError(`the stream has a line of more than ${MAX_LINE} characters`);
    }
    return lines.flatMap((line) => this.#line(line.endsWith("\r") ? line.slice(0, -1) : line) ?? []);
  }

  #line(line: string): StreamEvent | undefined {
    if (line === "") {
      const payload = this.#payload;
      this.#payload = "";
      return payload === "" ? undefined : { kind: "change", change: changeIn(payload) };
    }
    if (line.startsWith(":")) {
      return heartbeatIn(line.slice(1).trim());
    }
    if (line.startsWith("data:")) {
      this.#payload += line.startsWith("data: ") ? line.slice(6) : line.slice(5);
    }
    return undefined;
  }
}

function heartbeatIn(comment: string): StreamEvent | undefined {
  if (!comment.startsWith("position=")) {
    return undefined;
  }
  const [, position, text] = /^position=([0-9a-z.]+) asOf=(\S+)$/.exec(comment) ?? [];
  const asOf = text === undefined ? undefined : microsOf(text);
  if (position === undefined || asOf === undefined) {
    throw new BrokenStreamError(`\`${comment}\` is no heartbeat`);
  }
  return { kind: "heartbeat", position, asOf };
}

function changeIn(payload: string): Change {
  let value: unknown;
  try {
    value = JSON.parse(payload);
  } catch {
    throw new BrokenStreamError("an event of the stream is not JSON");
  }
  if (typeof value !== "object" || value === null || !isChange(value as Record<string, unknown>)) {
    throw new BrokenStreamError("an event of the stream is no change");
  }
  return value as Change;
}

/** Of a change only this is relied on. */
function isChange({ cursor, at, companyId, entitlementVersion }: Record<string, unknown>): boolean {
  const isOfCompany = typeof companyId === "string" && typeof entitlementVersion === "number";
  const isOfCatalog = companyId === null;
  return (
    typeof cursor === "string" && typeof at === "string" && microsOf(at) !== undefined && (isOfCompany || isOfCatalog)
  );
}
