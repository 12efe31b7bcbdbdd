import { setTimeout as pause } from "node:timers/promises";

const DEADLINE_MS = 20_000;

/** Looks at a condition again until it holds; fails when it does not within a deadline. What throws does not hold yet. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  let last: unknown;
  for (;;) {
    try {
      if (await holds()) {
        return;
      }
      last = undefined;
    } catch (error) {
      last = error;
    }
    if (performance.now() > deadline) {
      throw new Error(`${what} did not come about within ${DEADLINE_MS} ms`, { cause: last });
    }
    await pause(5);
  }
}
