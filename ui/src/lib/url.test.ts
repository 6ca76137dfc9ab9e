import { describe, expect, it } from "vitest";

import { readView, writeView, type View } from "./url";

const plain: View = { project: "default", page: "overview", range: "30d", compare: "", zone: "", filters: [], people: null, ignored: [], extra: {} };
const read = (address: string): View => readView(address.split("?")[0]!, address.split("?")[1] ?? "");

describe("the address", () => {
  it("leaves defaults out", () => expect(writeView(plain)).toBe("/p/default/overview"));

  it("is read back as it was written", () => {
    const odd = ["plain", "a:b;c,d", "ü %", "=&?#", "", "日本"];
    let seed = 1;
    const pick = <T>(list: T[]): T => list[(seed = (seed * 48271) % 2147483647) % list.length]!;
    for (let i = 0; i < 500; ++i) {
      const view: View = {
        project: pick(["default", "web-shop"]),
        page: pick(["overview", "trends", "sql"]),
        range: pick(["30d", "7d", "mtd", "all", "2026-10-01..2026-10-31"]),
        compare: pick(["", "prev", "yoy", "2026-09-01..2026-09-30"]),
        zone: pick(["", "Europe/Berlin"]),
        filters: Array.from({ length: i % 3 }, () => ({ property: pick(odd) || "x", op: pick(["eq", "in", "exists"]), values: [pick(odd) || "y", pick(odd) || "z"] })),
        people: i % 2 ? { of: { kind: "funnel", body: { steps: [{ event: pick(odd) }] } }, select: { step: i } } : null,
        ignored: [],
        extra: { g: pick(["week", "day"]), steps: pick(odd) || "1" },
      };
      expect(read(writeView(view))).toEqual(view);
    }
  });

  it("falls back where it makes no sense", () => {
    expect(read("/p/shop/nothing?r=soon&c=maybe&tz=Mars&f=x:like:1;country:eq:DE&sel=%7B%22of%22:1}")).toEqual({ ...plain, project: "shop", filters: [{ property: "country", op: "eq", values: ["DE"] }], ignored: ["nothing", "f=x:like:1", "r=soon", "c=maybe", "tz=Mars", 'sel={"of":1}'] });
    expect(read("/p/shop/overview?r=2026-02-30..2026-03-01").ignored).toEqual(["r=2026-02-30..2026-03-01"]);
    expect(read("/p/shop%/overview?f=x:eq:50%25")).toEqual({ ...plain, project: "shop%", filters: [{ property: "x", op: "eq", values: ["50%"] }] });
    expect(read("/p/shop/overview?c=2026-02-30..2026-03-01").ignored).toEqual(["c=2026-02-30..2026-03-01"]);
    expect(read("/")).toEqual(plain);
    expect(read("/funnel?r=7d")).toEqual({ ...plain, page: "funnel", range: "7d" });
    expect(read("/no/where")).toEqual({ ...plain, ignored: ["no/where"] });
  });

  it("keeps what a page put there", () => expect(read("/p/default/trends?e=purchase").extra).toEqual({ e: "purchase" }));
});
