import { describe, expect, it } from "vitest";

import { addDays, completeBuckets, datesOf, daysIn, daysOf, naturalInterval, partsOf, shifted, spanOf, today } from "./range";

describe("ranges", () => {
  it("include today", () => expect(datesOf("7d", "2026-11-21")).toEqual({ from: "2026-11-15", to: "2026-11-21" }));
  it("cross months and leap days", () => expect(addDays("2028-02-28", 2)).toBe("2028-03-01"));
  it("begin with the month or the year", () => {
    expect(datesOf("mtd", "2026-11-21").from).toBe("2026-11-01");
    expect(datesOf("ytd", "2026-11-21").from).toBe("2026-01-01");
    expect(datesOf("all", "2026-11-21", "2024-02-01")).toEqual({ from: "2024-02-01", to: "2026-11-21" });
  });
  it("step by their own length", () => expect(shifted(datesOf("7d", "2026-11-21"), -1)).toBe("2026-11-08..2026-11-14"));
  it("may be written the wrong way round", () => expect(daysIn(datesOf("2026-10-31..2026-10-01", ""))).toBe(31));
  it("choose an interval that can be read", () => expect([1, 30, 200, 800].map((days) => naturalInterval(datesOf(`${days}d`, "2026-11-21")))).toEqual(["hour", "day", "week", "month"]));
  it("know the day of another zone", () => expect(today("Pacific/Apia", Date.parse("2026-11-21T12:00:00Z"))).toBe("2026-11-22"));
});

it("a bucket is over when its last day is", () => {
  expect(completeBuckets(["2026-11-20", "2026-11-21"], "day", "2026-11-21")).toEqual([true, false]);
  expect(completeBuckets(["2026-11-09", "2026-11-16"], "week", "2026-11-22")).toEqual([true, false]);
  expect(completeBuckets(["2026-10-01", "2026-11-01"], "month", "2026-11-30")).toEqual([true, false]);
  expect(completeBuckets(["2026-12-01"], "month", "2027-01-01")).toEqual([true]);
});

it("a range in parts has each of its days once", () => {
  expect(partsOf({ from: "2026-11-01", to: "2026-11-10" }, 4)).toEqual([
    { from: "2026-11-01", to: "2026-11-03" },
    { from: "2026-11-04", to: "2026-11-06" },
    { from: "2026-11-07", to: "2026-11-09" },
    { from: "2026-11-10", to: "2026-11-10" },
  ]);
  expect(partsOf({ from: "2026-11-01", to: "2026-11-01" }, 12)).toEqual([{ from: "2026-11-01", to: "2026-11-01" }]);
});

it("durations in days", () => {
  expect(["7d", "90m", "36h", "2w", "nonsense"].map(daysOf)).toEqual([7, 1, 2, 14, 0]);
});

it("a bucket covers its days within the range, or its time until the next", () => {
  const range = { from: "2026-11-04", to: "2026-11-18" };
  expect(spanOf(["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-02", "week", range)).toEqual({ from: "2026-11-04", to: "2026-11-08" });
  expect(spanOf(["2026-11-02", "2026-11-09", "2026-11-16"], "2026-11-16", "week", range)).toEqual({ from: "2026-11-16", to: "2026-11-18" });
  expect(spanOf(["2026-11-01"], "2026-11-01", "month", range)).toEqual(range);
  const hours = ["2026-11-01T01:00:00-04:00", "2026-11-01T01:00:00-05:00"];
  expect(spanOf(hours, hours[0]!, "hour", range)).toEqual({ from: hours[0], to: hours[1] });
  expect(spanOf(hours, hours[1]!, "hour", range)).toEqual({ from: hours[1], to: "2026-11-01T07:00:00.000Z" });
});
