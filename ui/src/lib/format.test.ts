import { describe, expect, it, vi } from "vitest";

import { change, compact, decimal, integer, inMajor, money, percent } from "./format";
import { preferences } from "./preferences.svelte";

describe("numbers below zero", () => {
  const written = (): string[] => [integer(-12_345), integer("-9007199254740993"), decimal(-0.5), compact(-12_345), percent(-0.125), money(-123_450, "EUR"), money(-5, "JPY")];
  it("have one minus sign, wherever they are read", () => expect(written().filter((text) => !text.includes("−") || text.includes("-"))).toEqual([]));
  it("have it too where numbers are short", () => {
    const short = vi.spyOn(preferences, "numbers", "get").mockReturnValue("short");
    expect(written().filter((text) => !text.includes("−") || text.includes("-"))).toEqual([]);
    short.mockRestore();
  });
  it("are written as usual beside it", () => expect([integer(-1234), percent(-0.125), money(-150, "USD")]).toEqual(["−1,234", "−12.5%", "−$1.50"]));
  it("stay numbers where they are reckoned with", () => expect(inMajor("-150", "USD")).toBe(-1.5));
});

it("a change is a share of what was there, and of nothing or less there is none", () => {
  expect([change(150, 100), change(50, 100), change(100, 100)].map((one) => one?.text)).toEqual(["▲ 50.0%", "▼ 50.0%", "0.0%"]);
  expect([change(5, 0), change(5, -10), change(null, 10)]).toEqual([null, null, null]);
});
