// Reads messages as JSON from standard input and says of each whether the Standard Webhooks library takes it.
const { readFileSync } = require("node:fs");
const { createRequire } = require("node:module");

// The library is among the tools of the TypeScript client, whose folder is the argument.
const { Webhook, WebhookVerificationError } = createRequire(`${process.argv[2]}/package.json`)("standardwebhooks");

function takes({ secret, body, headers }) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch (error) {
    if (error instanceof WebhookVerificationError) return false;
    throw error;
  }
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(takes)));
