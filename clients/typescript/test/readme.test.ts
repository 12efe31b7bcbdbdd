import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Program, someCompany } from "./support/program.js";

const here = new URL("../../", import.meta.url);
const read = (path: string): Promise<string> => readFile(new URL(path, here), "utf8");

/** What stands in the fences of a language in the README. */
async function fences(language: string): Promise<string[]> {
  const text = await read("README.md");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, word]) => word === language)
    .map(([, , code = ""]) => code);
}

test("the code in the README is that of the examples", async () => {
  const examples = await Promise.all(["examples/quick-start.ts", "examples/gate.ts"].map(read));
  const shown = await fences("ts");
  assert.equal(shown.length, examples.length);
  shown.forEach((code, index) => {
    assert.ok(examples[index]?.includes(code), code);
  });
});

test("the first example does what the README says", async (context) => {
  const program = await Program.start();
  context.after(() => program.end());
  const env = { ...process.env, PLATFORM_CORE_URL: program.url, PLATFORM_CORE_ADMIN_KEY: program.adminKey };
  const example = fileURLToPath(new URL("dist/examples/quick-start.js", here));

  const { stdout } = await promisify(execFile)(process.execPath, [example, someCompany()], { env });

  assert.equal(stdout, (await fences("text"))[0]);
});
