/**
 * What a client takes from the world around it. Tests give their own, so that time is set and never waited for.
 */
export interface Surroundings {
  /** Sends a request. */
  readonly fetch: typeof globalThis.fetch;
  /** A clock that never steps, in milliseconds. Its zero means nothing. */
  readonly now: () => number;
  /** Waits for so many milliseconds, or rejects with the signal's reason. */
  readonly pause: (ms: number, signal?: AbortSignal) => Promise<void>;
  /** A number from 0 up to but not including 1. */
  readonly random: () => number;
  /** A key that nobody else draws. */
  readonly uniqueKey: () => string;
}

/** Those of Node. */
export const NODE: Surroundings = {
  fetch: (input, init) => globalThis.fetch(input, init),
  now: () => performance.now(),
  pause,
  random: () => Math.random(),
  uniqueKey: () => crypto.randomUUID(),
};

async function pause(ms: number, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(done, ms);
    function done(): void {
      signal?.removeEventListener("abort", stopped);
      resolve();
    }
    function stopped(): void {
      clearTimeout(timer);
      reject(reasonOf(signal));
    }
    signal?.addEventListener("abort", stopped, { once: true });
  });
}

/** Why a signal was aborted, as an error. */
export function reasonOf(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new DOMException("This operation was aborted", "AbortError");
}
