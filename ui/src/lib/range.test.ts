import { describe, expect, it } from "vitest";

import { addDays, datesOf, daysIn, naturalInterval, shifted, today } from "./range";

describe("ranges", () => {
  it("include today", () => expect(datesOf("7d", "2026-11-21")).toEqual({ from: "2026-11-15", to: "2026-11-21" }));
  it("cross months and leap days", () => expect(addDays("2028-02-28", 2)).toBe("2028-03-01"));
  it("begin with the month or the year", () => {
    expect(datesOf("mtd", "2026-11-21").from).toBe("2026-11-01");
    expect(datesOf("ytd", "2026-11-21").from).toBe("2026-01-01");
  });
  it("step by their own length", () => expect(shifted("7d", "2026-11-21", -1)).toBe("2026-11-08..2026-11-14"));
  it("may be written the wrong way round", () => expect(daysIn(datesOf("2026-10-31..2026-10-01", ""))).toBe(31));
  it("choose an interval that can be read", () => expect([1, 30, 200, 800].map((days) => naturalInterval(datesOf(`${days}d`, "2026-11-21")))).toEqual(["hour", "day", "week", "month"]));
  it("know the day of another zone", () => expect(today("Pacific/Apia", Date.parse("2026-11-21T12:00:00Z"))).toBe("2026-11-22"));
});
