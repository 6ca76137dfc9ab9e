import { integer, type Numeric } from "./format";

/** A row of a breakdown: its values; where it is that of all others, how many they are. */
interface Row {
  breakdown: string[];
  other_values?: number;
}
/** Answers of `POST /api/v1/query/{kind}`, as the pages use them. */
export interface Trends {
  buckets: string[];
  complete: boolean[];
  series: (Partial<Row> & { name: string; values: (number | string | null)[]; total: Numeric; compare?: { from: string; to: string; values: (number | string | null)[]; total: Numeric } })[];
}
export interface FunnelStep {
  name: string;
  count: number;
  of_first: number | null;
  of_previous: number | null;
  dropped: number;
  median_s: number | null;
  p90_s: number | null;
}
export interface Funnel {
  steps: FunnelStep[];
  histogram: { from_s: number; to_s: number | null; count: number }[];
  breakdown?: (Row & { steps: FunnelStep[] })[];
}
export interface Cohorts {
  cohorts: { start: string; size: number; cells: { n: number; count: number; rate: number; complete: boolean }[] }[];
  mean: { n: number; rate: number | null; cohorts: number }[];
}
export const sizeOf = ({ cohorts }: Cohorts): number => cohorts.reduce((sum, cohort) => sum + cohort.size, 0);
export interface Retention extends Cohorts {
  breakdown?: (Cohorts & Row)[];
}
export interface Revenue {
  totals: { currency: string; gross_minor: Numeric; refunds_minor: Numeric; net_minor: Numeric; orders: Numeric; buyers: Numeric; average_order_minor: Numeric; arppu_minor: Numeric }[];
  buckets: string[];
  series: (Row & { currency: string; net_minor: Numeric[]; orders: Numeric[] })[];
  products: { currency: string; sku: string; name: string | null; category: string | null; net_minor: Numeric; orders: Numeric; buyers: Numeric }[];
}
export interface Paths {
  paths: { events: string[]; count: number; users: number }[];
  edges: { step: number; from: string; to: string; count: number; users: number }[];
}
export interface People {
  users: { user_id: string; anonymous: boolean; first_seen: string; last_seen: string; segment: string | null }[];
  total: number;
}
/** With whatever else was sent. */
export type LiveEvent = { event_id: string; event_type: string; user: { id: string; anonymous: boolean }; timestamp: string; received_at: string; position: number; [field: string]: unknown };
export interface Properties {
  events: { event_type: string; count: number; last_seen: string }[];
  properties: { name: string; type: string; count: number; values: { value: string; count: number }[] }[];
}

/** A breakdown's colour in the chart: the first seven have their own, the rest is one. */
export const MOST_COLORS = 7;
export const colorOf = (index: number, name: string): number => (name === "$other" ? 8 : (index % MOST_COLORS) + 1);
export const shown = (name: string): string => (name === "$other" ? "Other" : name === "$none" ? "(none)" : name);
/** What a row of a breakdown is called. */
export const nameOf = ({ breakdown = [], other_values }: Partial<Row>): string => (other_values === undefined ? breakdown.map(shown).join(" / ") : `Other (${integer(other_values)})`);

/** `EUR` shop: what a newcomer's project has most of, for questions that have no answer without events. */
export const SHOP = ["page_view", "product_view", "add_to_cart", "checkout", "purchase"];
