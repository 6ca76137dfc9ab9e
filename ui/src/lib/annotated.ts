import { today } from "./range";

/** The bucket that a date or an instant falls into; -1 when it lies outside. `end` is behind the last bucket. */
export function bucketOf(at: string, buckets: string[], zone: string): number {
  const isByDay = (buckets[0] ?? "").length === 10;
  const day = at.length === 10 ? at : today(zone, Date.parse(at));
  if (isByDay) return lastNotAfter(buckets, (bucket) => bucket <= day);
  if (at.length === 10) return buckets.findIndex((bucket) => bucket.startsWith(at));
  return lastNotAfter(buckets, (bucket) => Date.parse(bucket) <= Date.parse(at));
}

function lastNotAfter(buckets: string[], isNotAfter: (bucket: string) => boolean): number {
  let found = -1;
  for (const [i, bucket] of buckets.entries()) if (isNotAfter(bucket)) found = i;
  return found;
}
