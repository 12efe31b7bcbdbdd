import assert from "node:assert/strict";
import { test } from "node:test";
import { BrokenStreamError, EventReader, type StreamEvent } from "../src/events.js";

const STREAM = Buffer.from(
  "retry: 1000\n\n: position=c1.4 asOf=2026-05-01T12:00:01.123456Z\n\nid: c1.5\nevent: company\ndata: " +
    '{"cursor":"c1.5","at":"2026-05-01T12:00:02Z","kind":"company","companyId":"0190a5c2-7c1e-7b3a-9a39-1d2f4e6b8c01",' +
    '"entitlementVersion":7,"changeType":"addon_activated","entityKey":"müsli","new":1}\r\n\r\n: hello\n\n' +
    'data: {"cursor":"c1.6","at":"2026-05-01T12:00:03Z",\ndata: "companyId":null,"entitlementVersion":null}\n\ndata: {"half"',
);

test("a stream reads the same in whatever pieces it comes", () => {
  const whole = new EventReader().take(STREAM);

  assert.equal(whole.length, 3);
  const asOf = Date.UTC(2026, 4, 1, 12, 0, 1) * 1000 + 123_456;
  assert.deepEqual(whole[0], { kind: "heartbeat", position: "c1.4", asOf });
  const changes = whole.flatMap((event) => (event.kind === "change" ? [event.change] : []));
  assert.deepEqual(
    changes.map(({ cursor, entitlementVersion, entityKey }) => [cursor, entitlementVersion, entityKey]),
    [
      ["c1.5", 7, "müsli"],
      ["c1.6", null, undefined],
    ],
  );
  for (let size = 1; size < 40; size += 1) {
    const reader = new EventReader();
    const pieces: StreamEvent[] = [];
    for (let start = 0; start < STREAM.length; start += size) {
      pieces.push(...reader.take(STREAM.subarray(start, start + size)));
    }
    assert.deepEqual(pieces, whole, `in pieces of ${size}`);
  }
});

test("what is no such stream is an error", () => {
  const broken = [
    ": position=c1 asOf=soon\n",
    ": position=c1\n",
    "data: x\n\n",
    "data: 7\n\n",
    'data: {"cursor":1}\n\n',
    'data: {"cursor":"c","at":"2026-05-01T12:00:03Z","companyId":"a"}\n\n',
  ];
  for (const text of broken) {
    assert.throws(() => new EventReader().take(Buffer.from(text)), BrokenStreamError, text);
  }
  assert.throws(() => new EventReader().take(Buffer.alloc((1 << 20) + 1, "a")), BrokenStreamError);
  assert.throws(() => new EventReader().take(Buffer.from([0xff, 0x0a])));
});
