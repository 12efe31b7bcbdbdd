import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Program } from "./support/program.js";

const here = new URL("../../", import.meta.url);

test("the types of the wire are those of the running program's document", async (context) => {
  const program = await Program.start();
  context.after(() => program.end());

  const generate = [fileURLToPath(new URL("scripts/generate.mjs", here)), `${program.url}/openapi.json`, "--stdout"];
  const { stdout } = await promisify(execFile)(process.execPath, generate, { maxBuffer: 1 << 25 });

  const checkedIn = await readFile(new URL("src/openapi.ts", here), "utf8");
  assert.ok(stdout === checkedIn, "src/openapi.ts is of another document: run `make typescript-types`");
});
