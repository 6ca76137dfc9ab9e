import { describe, expect, it } from "vitest";

import { writeSeries } from "./asked";
import { exclusionsOf, funnelBody, stepsOf, writeExclusions, writeSteps } from "./funnel";
import { lookOf, seriesOf, shaped } from "./trends";

describe("questions in the address", () => {
  const filters = [{ property: "plan~x", op: "in", values: ["a,b", "c|d~"] }];
  it("are read back as they were written", () => {
    const steps = [{ event: "a,b~c", filters }, { event: "*", filters: [] }];
    expect(stepsOf({ steps: writeSteps(steps) })).toEqual(steps);
    const series = [{ event: "a|b", measure: "sum", property: "value", filters }, { event: "b", measure: "count", property: "value", filters: [] }];
    expect(seriesOf({ e: writeSeries(series) })).toEqual(series);
    const exclusions = [{ event: "log,out~", between: [1, 3] as [number, number] }];
    expect(exclusionsOf({ not: writeExclusions(exclusions) })).toEqual(exclusions);
  });
  it("ask what they say", () => {
    const scope = { from: "2026-10-01", to: "2026-10-31", timezone: "UTC" };
    const steps = [{ event: "a", filters: [{ property: "plan", op: "eq", values: ["free"] }] }, { event: "b", filters: [] }];
    expect(funnelBody(scope, steps, { not: "logout~1~2", hold: "product.sku", b: "country", at: "last" })).toEqual({
      ...scope, window: "7d", order: "ordered", count: "users", exclude: [{ event: "logout", between: [1, 2] }], hold: ["product.sku"], breakdown: ["country"], top: 7, attribution: "last",
      steps: [{ event: "a", filters: [{ property: "plan", op: "eq", value: "free" }] }, { event: "b" }],
    });
    expect(funnelBody(scope, steps, { o: "strict", not: "logout~1~2" })).not.toHaveProperty("exclude");
  });
});

describe("values of trends", () => {
  const plain = { isCumulative: false, smoothing: 0 };
  it("stay as they are", () => expect(shaped([1, null, 3], plain)).toEqual([1, null, 3]));
  it("sum up", () => expect(shaped([1, null, 3], { ...plain, isCumulative: true })).toEqual([1, 1, 4]));
  it("are means of the buckets that end with each", () => {
    expect(shaped([1, 2, 3, 4, 5, 6, 7, 15], { ...plain, smoothing: 7 })).toEqual([null, null, null, null, null, null, 4, 6]);
    expect(shaped([1, null, 3, 4, 5, 6, 7, 8], { ...plain, smoothing: 7 })).toEqual(Array(8).fill(null));
  });
  it("are drawn as the address says", () => {
    expect(lookOf({})).toEqual({ kind: "line", isLog: false, smoothing: 0, isCumulative: false, hidden: new Set() });
    expect(lookOf({ vw: "pie", sm: "5", y: "log", hide: "0,2" })).toEqual({ kind: "line", isLog: true, smoothing: 0, isCumulative: false, hidden: new Set([0, 2]) });
  });
});
