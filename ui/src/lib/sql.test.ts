import { describe, expect, it } from "vitest";

import { bind, lineOf, planOf, seriesOf } from "./sql";

describe("parameters", () => {
  it("are bound, each once", () =>
    expect(bind("day BETWEEN {{from}} AND {{ to }} OR day = {{from}} OR x = '{{other}}'", { from: "2026-10-01", to: "2026-10-31", timezone: "UTC" })).toEqual({
      sql: "day BETWEEN $1 AND $2 OR day = $1 OR x = '{{other}}'",
      parameters: ["2026-10-01", "2026-10-31"],
    }));
  it("are none where none is named", () => expect(bind("SELECT 1", { from: "x" })).toEqual({ sql: "SELECT 1", parameters: [] }));
});

describe("refusals", () => {
  it("name a line", () => expect([lineOf("line 3, column 8: no such column"), lineOf("it took too long")]).toEqual([3, null]));
});

describe("answers", () => {
  const column = (name: string, type: string) => ({ name, type });
  const plan = (columns: { name: string; type: string }[], rows: unknown[][]) => planOf({ columns, rows, truncated: false });
  it("are drawn by what they hold", () => {
    expect(plan([column("n", "BIGINT")], [[5]]).drawing).toBe("number");
    expect(plan([column("day", "DATE"), column("n", "BIGINT")], [])).toEqual({ drawing: "line", x: 0, y: 1, color: -1 });
    expect(plan([column("n", "BIGINT"), column("type", "VARCHAR"), column("day", "DATE")], [])).toEqual({ drawing: "line", x: 2, y: 0, color: 1 });
    expect(plan([column("type", "VARCHAR"), column("n", "BIGINT")], [])).toEqual({ drawing: "bars", x: 0, y: 1, color: -1 });
    expect(plan([column("a", "DOUBLE"), column("b", "DOUBLE")], [])).toEqual({ drawing: "scatter", x: 0, y: 1, color: -1 });
    expect(plan([column("a", "VARCHAR")], [["x"], ["y"]]).drawing).toBe("table");
  });
  it("are series by the values of a column", () => {
    const rows = [["2026-10-01", "a", 1], ["2026-10-01", "b", "9007199254740993"], ["2026-10-02", "b", 3]];
    const answer = { columns: [column("day", "DATE"), column("type", "VARCHAR"), column("n", "BIGINT")], rows, truncated: false };
    expect(seriesOf(answer, { drawing: "line", x: 0, y: 2, color: 1 })).toEqual({ buckets: ["2026-10-01", "2026-10-02"], series: [{ name: "a", color: 1, values: [1, null] }, { name: "b", color: 2, values: [9007199254740993, 3] }] });
  });
});
