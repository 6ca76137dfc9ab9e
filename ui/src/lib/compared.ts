import { ask, type Answer } from "./api";
import type { Trends } from "./questions";
import { datesOf, type Dates } from "./range";

/** Asks the same of two days and all between, and puts it beside the first answer, bucket by bucket. Values of a breakdown that are not among the most frequent there have none. */
export async function askCompared(body: object, range: string, signal: AbortSignal): Promise<Answer<Trends>> {
  const { from, to } = datesOf(range, "");
  const [answer, other] = await Promise.all([ask<Trends>("trends", body, signal), ask<Trends>("trends", { ...body, from, to }, signal)]);
  return { ...answer, data: beside(answer.data, other.data, { from, to }) };
}

export function beside(own: Trends, other: Trends, range: Dates): Trends {
  const idOf = (one: Trends["series"][number]): string => JSON.stringify([one.name, one.breakdown]);
  const others = new Map(other.series.filter((one) => !one.breakdown?.includes("$other")).map((one) => [idOf(one), one]));
  const series = own.series.map((one) => {
    const found = others.get(idOf(one));
    return found ? { ...one, compare: { ...range, values: own.buckets.map((_, i) => found.values[i] ?? null), total: found.total } } : one;
  });
  return { ...own, series };
}
