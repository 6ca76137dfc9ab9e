/** Revenue: what the address asks, how answers are drawn, and beside those of another time. */
import type { Kind, Series } from "../charts/Chart.svelte";
import { comparison, type Extra, type Scope } from "./asked";
import { inMajor, toNumber } from "./format";
import { colorOf, MOST_COLORS, nameOf, type Revenue } from "./questions";

export function revenueBody(scope: Scope, interval: string, refund: string, extra: Extra): object {
  return { ...scope, event: extra["e"] || "purchase", ...(refund ? { refund_event: refund } : {}), interval, breakdown: [extra["b"] || "product.category"], top: MOST_COLORS };
}
/** A currency's net by the breakdown, in its usual unit. */
export const revenueLines = (answer: Revenue, currency: string): { series: Series; breakdown: string[] }[] =>
  answer.series
    .filter((one) => one.currency === currency)
    .map((one, row) => ({ breakdown: one.breakdown, series: { row, name: nameOf(one), color: colorOf(row, one.breakdown[0] ?? ""), values: one.net_minor.map((minor) => inMajor(minor, currency)) } }));
/** The time before beside it, bucket by bucket: what stands on each other as a whole. */
export function comparedLines(answer: Revenue, before: Revenue, currency: string, kind: Kind, words: string): Series[] {
  const lines = revenueLines(before, currency).map(({ series }) => series);
  const beside = (name: string, values: (number | null)[]): Series => comparison(name, words, answer.buckets.map((_, i) => values[i] ?? null));
  if (kind !== "line") return lines.length > 0 ? [beside("All together", before.buckets.map((_, i) => lines.reduce((sum, one) => sum + (one.values[i] ?? 0), 0)))] : [];
  const own = new Set(answer.series.filter((one) => one.currency === currency && !one.breakdown.includes("$other")).map(nameOf));
  return lines.filter(({ name }) => own.has(name)).map(({ name, values }) => beside(name, values));
}
export const currencyOf = (answer: Revenue | null, extra: Extra): string => extra["cur"] || answer?.totals[0]?.currency || "";
export const revenueKind = (extra: Extra): Kind => (extra["vw"] === "line" || extra["vw"] === "area" ? extra["vw"] : "bars");

export type Total = Revenue["totals"][number];
export type Product = Revenue["products"][number];

/** Rows of the answers that the products are looked up in. */
export const MOST_PRODUCTS = 1000;
/** Of a breakdown, as many as the server tells apart. */
export const MOST_VALUES = 100;
export interface Beside {
  /** The time that it is compared with. */
  before: Revenue | null;
  /** The same without refunds: what products earned before they were given back. */
  gross: Revenue | null;
}
export interface Placed {
  product: Product;
  /** Of the net of its currency; null where either is a loss. */
  share: number | null;
  /** What was refunded of its gross. */
  refunded: number | null;
  /** Its net at the time before; null: not known. */
  before: number | null;
}

export const quotient = (part: number | null, whole: number | null): number | null => (part === null || whole === null || whole <= 0 ? null : part / whole);
export const refundRate = (one: Total): number | null => quotient(toNumber(one.refunds_minor), toNumber(one.gross_minor));

/** Products are told apart by their currency too: nothing is summed across currencies. */
export function placed(answer: Revenue, { before, gross }: Beside): Placed[] {
  const idOf = ({ currency, sku }: Product): string => `${currency} ${sku}`;
  const netsOf = (other: Revenue | null): Map<string, number | null> => new Map(other?.products.map((one) => [idOf(one), toNumber(one.net_minor)]));
  const totals = new Map(answer.totals.map((one) => [one.currency, toNumber(one.net_minor)]));
  const [earlier, earned] = [netsOf(before), netsOf(gross)];
  // Whoever is not in a list that holds all of them sold nothing.
  const absent = before && before.products.length < MOST_PRODUCTS ? 0 : null;
  return answer.products.map((product) => {
    const net = toNumber(product.net_minor) ?? 0;
    const own = earned.get(idOf(product)) ?? null;
    return { product, share: net < 0 ? null : quotient(net, totals.get(product.currency) ?? null), refunded: quotient(own === null ? null : own - net, own), before: earlier.get(idOf(product)) ?? absent };
  });
}
