import { describe, expect, it } from "vitest";

import { parsePrometheus, rate } from "./prometheus";

describe("Prometheus' text", () => {
  it("is read line by line", () => expect(parsePrometheus('# HELP a b\na_total{x="y z"} 3\nb 1e3\nc_bucket{le="1"} 2\n')).toEqual({ 'a_total{x="y z"}': 3, b: 1000 }));
  it("gives rates of counters that did not start anew", () => {
    const looks = (a: number, b: number): { at: number; values: { x: number } }[] => [{ at: 0, values: { x: a } }, { at: 2000, values: { x: b } }];
    expect(rate(looks(1, 5), "x")).toBe(2);
    expect(rate(looks(5, 1), "x")).toBeNull();
    expect(rate([], "x")).toBeNull();
  });
});
