/** Answers as tables: what a panel shows instead of its chart, and writes to a file. */
import type { Amount, Cell, Table } from "./csv";
import { placed, refundRate, type Beside, type Total } from "./revenue";
import { money, toNumber, type Numeric } from "./format";
import { nameOf, sizeOf, type Cohorts, type Funnel, type FunnelStep, type Paths, type Retention, type Revenue } from "./questions";

const amount = (minor: Numeric, currency: string): Amount => ({ text: money(minor, currency) });

/** All, and each value of the breakdown. */
export function funnelTable({ steps, breakdown }: Funnel): Table {
  const rows = (list: FunnelStep[], value: string[]): Cell[][] => list.map((step) => [...value, step.name, step.count, step.of_first, step.of_previous, step.dropped, step.median_s, step.p90_s]);
  const header = ["Step", "Count", "Of first", "Of previous", "Dropped", "Median s", "90 % s"];
  if (!breakdown) return { header, rows: rows(steps, []) };
  return { header: ["Value", ...header], rows: [...rows(steps, ["All"]), ...breakdown.flatMap((one) => rows(one.steps, [nameOf(one)]))] };
}

/** All, and each value of the breakdown. */
export function retentionTable({ cohorts, mean, breakdown }: Retention, interval: string, isCounted: boolean): Table {
  const rows = (list: Cohorts["cohorts"], value: string[]): Cell[][] => list.map((cohort) => [...value, cohort.start, cohort.size, ...cohort.cells.map((cell) => (isCounted ? cell.count : cell.rate))]);
  const header = ["Cohort", "Users", ...mean.map(({ n }) => `${interval} ${n}`)];
  if (!breakdown) return { header, rows: rows(cohorts, []) };
  return { header: ["Value", ...header], rows: [...rows(cohorts, ["All"]), ...breakdown.flatMap((one) => rows(one.cohorts, [nameOf(one)]))] };
}
/** The weighted mean of all, and of each value of the breakdown. */
export const meansTable = (answer: Retention, property: string, interval: string): Table => ({
  header: [property, "Users", ...answer.mean.map(({ n }) => `${interval} ${n}`)],
  rows: [{ ...answer, breakdown: ["All"] }, ...(answer.breakdown ?? [])].map((one) => [nameOf(one), sizeOf(one), ...one.mean.map(({ rate }) => rate)]),
});

export const pathsTable = (answer: Paths): Table => ({ header: ["Path", "Visits", "Users"], rows: answer.paths.map((path) => [path.events.join(" → "), path.count, path.users]) });

/** Amounts in the smallest unit for machines, and as they are read. */
export function totalsTable(answer: Revenue, before: Revenue | null): Table {
  const names = ["Gross (minor)", "Refunds (minor)", "Net (minor)", "Orders", "Buyers"];
  const numbers = (one?: Total): Cell[] => [one?.gross_minor, one?.refunds_minor, one?.net_minor, one?.orders, one?.buyers].map(toNumber);
  return {
    header: ["Currency", ...names, "Gross", "Refunds", "Net", "Refunded", ...(before ? names.map((name) => `${name}, compared`) : [])],
    rows: answer.totals.map((one) => [
      one.currency,
      ...numbers(one),
      ...[one.gross_minor, one.refunds_minor, one.net_minor].map((minor) => amount(minor, one.currency)),
      refundRate(one),
      ...(before ? numbers(before.totals.find(({ currency }) => currency === one.currency)) : []),
    ]),
  };
}
export function revenueTable(answer: Revenue, currency: string, before: Revenue | null = null): Table {
  const linesOf = (one: Revenue): Revenue["series"] => one.series.filter((line) => line.currency === currency);
  const lines = linesOf(answer);
  const names = lines.map((one) => nameOf(one));
  const earlier = (i: number): Cell => (before && i < before.buckets.length ? linesOf(before).reduce((sum, one) => sum + (toNumber(one.net_minor[i]) ?? 0), 0) : null);
  return {
    header: ["Bucket", ...names.map((name) => `${name} (minor)`), ...names, ...(before ? ["All together (minor), compared"] : [])],
    rows: answer.buckets.map((bucket, i) => [bucket, ...lines.map((one) => toNumber(one.net_minor[i])), ...lines.map((one) => amount(one.net_minor[i], currency)), ...(before ? [earlier(i)] : [])]),
  };
}
export const productsTable = (answer: Revenue, beside: Beside): Table => ({
  header: ["SKU", "Name", "Category", "Currency", "Net (minor)", "Net", "Orders", "Buyers", "Share of net", ...(beside.gross ? ["Refunded"] : []), ...(beside.before ? ["Net (minor), compared"] : [])],
  rows: placed(answer, beside).map(({ product: one, share, refunded, before }) => [one.sku, one.name, one.category, one.currency, toNumber(one.net_minor), amount(one.net_minor, one.currency), toNumber(one.orders), toNumber(one.buyers), share, ...(beside.gross ? [refunded] : []), ...(beside.before ? [before] : [])]),
});
