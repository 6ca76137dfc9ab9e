import { describe, expect, it, vi } from "vitest";

import { compact, decimal, integer, inMajor, money, percent } from "./format";
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
