import { describe, expect, it } from "vitest";

import { axis, linear, logAxis, thinned } from "./scale";

describe("scales", () => {
  it("map ends to ends", () => {
    const scale = linear([0, 10], [100, 0]);
    expect([scale(0), scale(5), scale(10)]).toEqual([100, 50, 0]);
    expect(linear([3, 3], [0, 9])(3)).toBe(0);
  });
  it("include zero and end on round numbers", () => {
    expect(axis([3, 97]).domain).toEqual([0, 100]);
    expect(axis([0, 1250])).toEqual({ domain: [0, 1400], ticks: [0, 200, 400, 600, 800, 1000, 1200, 1400] });
    expect(axis([-5, 5]).domain[0]).toBeLessThanOrEqual(-5);
    expect(axis([null, null]).domain).toEqual([0, 1]);
    expect(axis([0.001, 0.002]).ticks.length).toBeGreaterThan(2);
  });
  it("of powers of ten hold what is above zero", () => {
    expect(logAxis([0, null, 3, 4200])).toEqual({ domain: [1, 10000], ticks: [1, 10, 100, 1000, 10000] });
    expect(logAxis([10]).domain).toEqual([10, 100]);
    expect(logAxis([0, -3]).domain).toEqual([1, 10]);
  });
  it("thin labels out", () => {
    expect(thinned(30, 6)).toEqual([0, 5, 10, 15, 20, 25]);
    expect(thinned(0, 6)).toEqual([]);
  });
});
