export type Samples = Record<string, number>;
/** What was read at one time; milliseconds. */
export interface Look {
  at: number;
  values: Samples;
}

/** Reads the text format of Prometheus: one value for each name with its labels. */
export function parsePrometheus(text: string): Samples {
  const samples: Samples = {};
  for (const line of text.split("\n")) {
    if (!line || line.startsWith("#")) continue;
    const end = line.lastIndexOf(" ");
    const value = Number(line.slice(end + 1));
    if (end > 0 && !Number.isNaN(value)) samples[line.slice(0, end)] = value;
  }
  return samples;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
/** The newest looks as they are; of those before, for a day, the first of each minute and of it only what is charted. */
export function kept(looks: Look[], whole: number, charted: string[]): Look[] {
  const minute = (look: Look | undefined): number => Math.floor((look?.at ?? -1) / MINUTE_MS);
  const begin = (looks.at(-1)?.at ?? 0) - DAY_MS;
  const old = looks.slice(0, -whole).filter((look, i, all) => look.at >= begin && minute(look) !== minute(all[i - 1]));
  return [...old.map(({ at, values }) => ({ at, values: Object.fromEntries(charted.map((name) => [name, values[name] ?? 0])) })), ...looks.slice(-whole)];
}

/** What a counter grew by each second between the first and the last look; null with fewer than two. */
export function rate(looks: Look[], name: string): number | null {
  const [first, last] = [looks[0], looks.at(-1)];
  if (!first || !last || first === last) return null;
  const grown = (last.values[name] ?? 0) - (first.values[name] ?? 0);
  return grown < 0 ? null : (grown * 1000) / (last.at - first.at);
}
/** The same between each two looks that follow each other. */
export const rates = (looks: Look[], name: string): (number | null)[] => looks.slice(1).map((look, i) => rate([looks[i]!, look], name));

/** The smallest value that at least such a share of all is not above. */
export function percentile(values: number[], share: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null;
}

/** How long the questions of one path took since the start. */
export interface Timing {
  path: string;
  count: number;
  failed: number; // answered with 5xx
  mean: number; // seconds
  p90: number | null;
  /** How many took at most so many seconds. */
  buckets: Map<number, number>;
}
const LABELS = /^spectrum_query_seconds_(bucket|sum|count)\{path="([^"]*)",status="(\d+)"(?:,le="([^"]*)")?\}$/;

/** Reads the histograms of questions; the slowest by their mean first. */
export function timings(samples: Samples): Timing[] {
  const paths = new Map<string, { count: number; failed: number; sum: number; buckets: Map<number, number> }>();
  for (const [name, value] of Object.entries(samples)) {
    const [, part, path, status, bound] = LABELS.exec(name) ?? [];
    if (!part || !path) continue;
    const one = paths.get(path) ?? { count: 0, failed: 0, sum: 0, buckets: new Map<number, number>() };
    paths.set(path, one);
    if (part === "sum") one.sum += value;
    else if (part === "count") {
      one.count += value;
      if (Number(status) >= 500) one.failed += value;
    } else one.buckets.set(bound === "+Inf" ? Infinity : Number(bound), (one.buckets.get(bound === "+Inf" ? Infinity : Number(bound)) ?? 0) + value);
  }
  return [...paths].map(([path, one]) => ({ path, count: one.count, failed: one.failed, mean: one.sum / one.count, p90: quantile(one.buckets, 0.9), buckets: one.buckets })).sort((a, b) => b.mean - a.mean);
}

/** How many of all these questions lie between each two bounds; none behind the last that has some. */
export function bins(all: Timing[]): { from: number; to: number; count: number }[] {
  const bounds = [...new Set(all.flatMap((one) => [...one.buckets.keys()]))].sort((a, b) => a - b);
  const upTo = bounds.map((bound) => all.reduce((sum, one) => sum + (one.buckets.get(bound) ?? 0), 0));
  const found = bounds.map((to, i) => ({ from: bounds[i - 1] ?? 0, to, count: upTo[i]! - (upTo[i - 1] ?? 0) }));
  return found.slice(0, found.findLastIndex((bin) => bin.count > 0) + 1);
}

/** Interpolated within the bucket that holds it, as Prometheus does; the largest bound when it lies behind all. */
export function quantile(buckets: Map<number, number>, share: number): number | null {
  const bounds = [...buckets.keys()].sort((a, b) => a - b);
  const total = buckets.get(Infinity) ?? 0;
  if (total === 0) return null;
  const rank = share * total;
  let [low, below] = [0, 0];
  for (const bound of bounds) {
    const upTo = buckets.get(bound)!;
    if (upTo >= rank) return bound === Infinity ? low : low + ((bound - low) * (rank - below)) / Math.max(1, upTo - below);
    [low, below] = [bound, upTo];
  }
  return low;
}
