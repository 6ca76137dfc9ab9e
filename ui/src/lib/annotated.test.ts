import { expect, test } from "vitest";

import { bucketOf } from "./annotated";

const DAYS = ["2026-11-01", "2026-11-02", "2026-11-03"];
const HOURS = ["2026-11-01T22:00:00+01:00", "2026-11-01T23:00:00+01:00", "2026-11-02T00:00:00+01:00"];

test("a date lies in its day, its week and at the beginning of its hours", () => {
  expect(bucketOf("2026-11-02", DAYS, "UTC")).toBe(1);
  expect(bucketOf("2026-11-05", ["2026-10-26", "2026-11-02"], "UTC")).toBe(1);
  expect(bucketOf("2026-11-02", HOURS, "Europe/Berlin")).toBe(2);
  expect(bucketOf("2026-10-31", DAYS, "UTC")).toBe(-1);
});

test("an instant lies in the local day and in its hour", () => {
  expect(bucketOf("2026-11-01T23:30:00Z", DAYS, "UTC")).toBe(0);
  expect(bucketOf("2026-11-01T23:30:00Z", DAYS, "Europe/Berlin")).toBe(1);
  expect(bucketOf("2026-11-01T22:59:59Z", HOURS, "Europe/Berlin")).toBe(1);
});
