// Makes src/openapi.ts, the types of the wire, from the OpenAPI document of a running platform-core.
//
//   node scripts/generate.mjs URL-OR-FILE            writes src/openapi.ts
//   node scripts/generate.mjs URL-OR-FILE --stdout   prints it
//
// Only what this client speaks of is kept: the routes about companies, entitlements and changes, and the types that they lead to. Envelopes are
// taken off, because the client takes them off, and what stands in them beside the answer is kept; failures all have the one type `Failure`.
import { readFile, writeFile } from "node:fs/promises";
import openapi, { astToString } from "openapi-typescript";
import { format } from "prettier";

const KEPT_ROUTES = /^\/internal\/(companies|entitlements|changes)(\/|$)/;
const METHODS = ["get", "post", "put", "patch", "delete"];
const SCHEMA = "#/components/schemas/";
const ENVELOPES = ["Success_", "Previewed_"].map((name) => SCHEMA + name);

/** Every name of a schema that something refers to. */
function* references(value) {
  if (Array.isArray(value)) {
    for (const item of value) yield* references(item);
  } else if (value !== null && typeof value === "object") {
    for (const [key, inner] of Object.entries(value)) {
      if (key === "$ref" && inner.startsWith(SCHEMA)) yield inner.slice(SCHEMA.length);
      else yield* references(inner);
    }
  }
}

/** An operation with its successful answers only, each without its envelope. */
function withoutEnvelopes(operation) {
  const responses = {};
  for (const [status, response] of Object.entries(operation.responses)) {
    const reference = response.content?.["application/json"]?.schema?.$ref;
    const envelope = ENVELOPES.find((name) => reference?.startsWith(name));
    if (status.startsWith("2") && envelope !== undefined) {
      const schema = { $ref: SCHEMA + reference.slice(envelope.length) };
      responses[status] = { description: response.description, content: { "application/json": { schema } } };
    }
  }
  return { ...operation, responses };
}

function kept(document) {
  const paths = {};
  for (const [route, item] of Object.entries(document.paths)) {
    if (KEPT_ROUTES.test(route)) {
      const operations = METHODS.filter((method) => item[method] !== undefined);
      paths[route] = Object.fromEntries(operations.map((method) => [method, withoutEnvelopes(item[method])]));
    }
  }
  const names = new Set(["Failure", "PreviewView"]);
  const waiting = [...references(paths), ...names];
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    names.add(name);
    waiting.push(...[...references(document.components.schemas[name])].filter((next) => !names.has(next)));
  }
  const sorted = [...names].sort();
  const schemas = Object.fromEntries(sorted.map((name) => [name, document.components.schemas[name]]));
  return { openapi: document.openapi, info: document.info, paths, components: { schemas } };
}

const [source, mode] = process.argv.slice(2);
if (source === undefined || (mode !== undefined && mode !== "--stdout")) {
  process.stderr.write("usage: node scripts/generate.mjs URL-OR-FILE [--stdout]\n");
  process.exit(2);
}
const document = source.startsWith("http")
  ? await (await fetch(source)).json()
  : JSON.parse(await readFile(source, "utf8"));
const types = astToString(await openapi(kept(document), { alphabetize: true, immutable: true }));
const text = `// Made by scripts/generate.mjs from the server's OpenAPI document. Do not edit.\n\n${types}`;
const pretty = await format(text, { parser: "typescript", printWidth: 120 });
if (mode === "--stdout") {
  process.stdout.write(pretty);
} else {
  await writeFile(new URL("../src/openapi.ts", import.meta.url), pretty);
}
