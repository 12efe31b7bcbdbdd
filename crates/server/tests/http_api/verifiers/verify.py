"""Reads messages as JSON from standard input and says of each whether the Standard Webhooks library takes it."""

import json
import sys

from standardwebhooks import Webhook, WebhookVerificationError


def takes(message):
    try:
        Webhook(message["secret"]).verify(message["body"], message["headers"])
        return True
    except WebhookVerificationError:
        return False


print(json.dumps([takes(message) for message in json.load(sys.stdin)]))
