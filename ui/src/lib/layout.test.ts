import { expect, it } from "vitest";

import { formatted } from "./layout";

it("lays out a query and leaves its parameters, texts and comments", () =>
  expect(formatted("select occurred_at::date as day,count(*) from fact_events -- all\nwhere event_type='a  b' and occurred_at::date between {{from}} and {{ to }} group by 1 limit 5")).toBe(
    `SELECT
  occurred_at::date AS day,
  count(*)
FROM
  fact_events -- all
WHERE
  event_type = 'a  b'
  AND occurred_at::date BETWEEN {{from}} AND {{ to }}
GROUP BY
  1
LIMIT
  5`,
  ));
it("stays the same the second time", () => {
  const once = formatted("with a as (select 1 as x union all select 2) select x, sum(x) over (order by x) from a qualify row_number() over (partition by x)=1");
  expect(formatted(once)).toBe(once);
});
it("refuses what is no SQL", () => expect(() => formatted("select (")).toThrow());
