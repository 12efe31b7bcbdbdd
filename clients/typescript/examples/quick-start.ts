import { Client, PreconditionFailedError } from "@platform-core/client";

const client = new Client({
  url: process.env["PLATFORM_CORE_URL"] ?? "http://127.0.0.1:8080",
  apiKey: process.env["PLATFORM_CORE_ADMIN_KEY"] ?? "",
});
const company = process.argv[2] ?? "";

// Two writes. Each draws an idempotency key, and repeats itself under it where no answer comes.
await client.setBasic(company, { status: "active", source: "platform_admin" });
const { data } = await client.setAddon(company, {
  addonKey: "finance",
  status: "trial",
  endsAt: "2100-01-01T00:00:00Z",
});

// What the company owns now. Asked again, this costs the server a look into its memory and no body.
const owned = await client.entitlements(company);
process.stdout.write(`version ${owned.entitlementVersion}: ${owned.enabledModules.join(", ")}\n`);
process.stdout.write(`true until ${owned.validUntil ?? "something is written"}\n`);

// A write that was decided on a version which has moved since is refused.
try {
  await client.setAddon(company, { addonKey: "market", status: "active" }, { ifMatch: data.entitlementVersion - 1 });
} catch (error) {
  if (!(error instanceof PreconditionFailedError)) throw error;
  process.stdout.write(`${error.code}: ${error.message}\n`);
}
