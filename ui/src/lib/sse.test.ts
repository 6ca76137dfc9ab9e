import { expect, test } from "vitest";

import { SseReader } from "./sse";

const TEXT = 'retry: 2000\n\n: listening\nid: 4\n\nid: 5\nevent: event\ndata: {"a":1}\n\nid: 6\ndata: one\ndata: two\n\n';

test("messages come whole, however the text is cut", () => {
  for (let size = 1; size <= TEXT.length; ++size) {
    const reader = new SseReader();
    const messages = [];
    for (let at = 0; at < TEXT.length; at += size) messages.push(...reader.read(TEXT.slice(at, at + size)));
    expect(messages).toEqual([
      { id: "5", event: "event", data: '{"a":1}' },
      { id: "6", event: "message", data: "one\ntwo" },
    ]);
  }
});

test("a comment with an id moves the place to resume", () => {
  const reader = new SseReader();
  expect(reader.read(": still here\nid: 17\n\n")).toEqual([]);
  expect(reader.lastId).toBe("17");
});
