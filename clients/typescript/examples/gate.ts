// A backend that asks what a company owns on every request: from memory, and with 503 where that cannot be confirmed.
//
//   PLATFORM_CORE_URL=http://127.0.0.1:8080 PLATFORM_CORE_KEY=… node dist/examples/gate.js COMPANY…
//   curl -i http://127.0.0.1:3000/COMPANY/finance
import { createServer } from "node:http";
import { Client, NotFollowedError, StaleError, NoSuchCompanyError } from "@platform-core/client";

const { PLATFORM_CORE_URL: url = "http://127.0.0.1:8080", PLATFORM_CORE_KEY: apiKey = "" } = process.env;
const client = new Client({ url, apiKey });
const replica = client.replica({
  companies: process.argv.slice(2),
  onState: (state, error) =>
    process.stderr.write(`replica: ${state}${error instanceof Error ? `: ${error.message}` : ""}\n`),
});
await replica.ready();

/** The status of an answer about a company's module. Only "not owned" is 403; "not known right now" is 503. */
function statusFor(companyId: string, moduleKey: string): number {
  try {
    return replica.isEnabled(companyId, moduleKey) ? 200 : 403;
  } catch (error) {
    if (error instanceof StaleError) {
      return 503;
    }
    if (error instanceof NoSuchCompanyError || error instanceof NotFollowedError) {
      return 404;
    }
    throw error;
  }
}

const server = createServer((request, response) => {
  const [, companyId = "", moduleKey = ""] = (request.url ?? "/").split("/");
  response.writeHead(statusFor(companyId, moduleKey)).end();
});
server.listen(Number(process.env["PORT"] ?? 3000), "127.0.0.1");
process.once("SIGTERM", () => {
  server.close();
  void replica.close();
});
