import { describe, expect, it } from "vitest";

import { bins, kept, parsePrometheus, percentile, quantile, rate, rates, timings } from "./prometheus";

describe("Prometheus' text", () => {
  it("is read line by line", () => expect(parsePrometheus('# HELP a b\na_total{x="y z"} 3\nb 1e3\n')).toEqual({ 'a_total{x="y z"}': 3, b: 1000 }));
  it("gives rates of counters that did not start anew", () => {
    const looks = (a: number, b: number): { at: number; values: { x: number } }[] => [{ at: 0, values: { x: a } }, { at: 2000, values: { x: b } }];
    expect(rate(looks(1, 5), "x")).toBe(2);
    expect(rate(looks(5, 1), "x")).toBeNull();
    expect(rate([], "x")).toBeNull();
    expect(rates([...looks(1, 5), { at: 3000, values: { x: 6 } }], "x")).toEqual([2, 1]);
  });
  it("is kept for a day, thinner as it gets older", () => {
    const looks = Array.from({ length: 100 }, (_, i) => ({ at: i * 20_000, values: { a: i, b: i } }));
    const few = kept(looks, 10, ["a"]);
    expect(few).toHaveLength(30 + 10);
    expect(few[1]).toEqual({ at: 60_000, values: { a: 3 } });
    expect(few.at(-1)).toEqual(looks.at(-1));
    expect(kept([...few, { at: 86_400_000 + 90_000, values: { a: 1, b: 1 } }], 1, ["a"])[0]!.at).toBe(120_000);
  });
  it("gives the times of questions", () => {
    const line = (part: string, status: number, value: number, bound = ""): string => `spectrum_query_seconds_${part}{path="/t",status="${status}"${bound && `,le="${bound}"`}} ${value}\n`;
    const text = line("bucket", 200, 2, "0.1") + line("bucket", 200, 4, "1") + line("bucket", 200, 4, "+Inf") + line("sum", 200, 2) + line("count", 200, 4) + line("sum", 503, 0) + line("count", 503, 1);
    const found = timings(parsePrometheus(text + line("bucket", 503, 1, "0.1") + line("bucket", 503, 1, "1") + line("bucket", 503, 1, "+Inf")));
    expect(found).toMatchObject([{ path: "/t", count: 5, failed: 1, mean: 0.4, p90: expect.closeTo(0.775, 5) }]);
    expect(bins(found)).toEqual([{ from: 0, to: 0.1, count: 3 }, { from: 0.1, to: 1, count: 2 }]);
    expect(bins([])).toEqual([]);
  });
  it("tells what few values lie above", () => {
    const values = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect([0.5, 0.95, 0.99, 1].map((share) => percentile(values, share))).toEqual([50, 95, 99, 100]);
    expect(percentile([7], 0.5)).toBe(7);
    expect(percentile([], 0.5)).toBeNull();
  });
  it("interpolates in buckets", () => {
    expect(quantile(new Map([[1, 5], [2, 10], [Infinity, 10]]), 0.5)).toBe(1);
    expect(quantile(new Map([[1, 0], [Infinity, 3]]), 0.5)).toBe(1);
    expect(quantile(new Map(), 0.5)).toBeNull();
  });
});
