/** Dates are texts such as 2026-11-21; arithmetic on them is that of the calendar, without zones. */
export interface Dates {
  from: string;
  to: string; // included
}

const DAY = 86_400_000;

export function today(zone: string, now = Date.now()): string {
  return new Intl.DateTimeFormat("en-CA", { timeZone: zone || undefined, year: "numeric", month: "2-digit", day: "2-digit" }).format(now);
}

const serial = (date: string): number => Date.parse(`${date}T00:00:00Z`);
export const addDays = (date: string, days: number): string => new Date(serial(date) + days * DAY).toISOString().slice(0, 10);
export const daysIn = ({ from, to }: Dates): number => Math.round((serial(to) - serial(from)) / DAY) + 1;

/** The dates of a range as the address writes it; `first` is the first day that there is. */
export function datesOf(range: string, day: string, first = day): Dates {
  const [from, to] = range.split("..");
  if (from && to) return from <= to ? { from, to } : { from: to, to: from };
  if (range === "today") return { from: day, to: day };
  if (range === "yesterday") return { from: addDays(day, -1), to: addDays(day, -1) };
  if (range === "mtd") return { from: `${day.slice(0, 8)}01`, to: day };
  if (range === "all") return { from: first, to: day };
  if (range === "ytd") return { from: `${day.slice(0, 4)}-01-01`, to: day };
  const days = Math.max(1, Number.parseInt(range, 10) || 30);
  return { from: addDays(day, 1 - days), to: day };
}

/** As long, before (-1) or after (1) it. */
export function shifted(dates: Dates, direction: 1 | -1): string {
  const length = daysIn(dates) * direction;
  return `${addDays(dates.from, length)}..${addDays(dates.to, length)}`;
}

/** What a range is compared with. */
export function comparedDates(compare: string, dates: Dates): Dates {
  if (compare === "prev") return datesOf(shifted(dates, -1), "");
  if (compare !== "yoy") return datesOf(compare, "");
  const yearBefore = (date: string): string => `${Number(date.slice(0, 4)) - 1}${date.slice(4).replace("-02-29", "-02-28")}`;
  return { from: yearBefore(dates.from), to: yearBefore(dates.to) };
}

export const PRESETS: { range: string; label: string; key: string }[] = [
  { range: "today", label: "Today", key: "1" },
  { range: "yesterday", label: "Yesterday", key: "2" },
  { range: "7d", label: "Last 7 days", key: "3" },
  { range: "30d", label: "Last 30 days", key: "4" },
  { range: "90d", label: "Last 90 days", key: "5" },
  { range: "365d", label: "Last 12 months", key: "6" },
];

export function labelOf(range: string): string {
  const preset = PRESETS.find((one) => one.range === range);
  if (preset) return preset.label;
  if (range === "mtd") return "Month to date";
  if (range === "ytd") return "Year to date";
  if (range === "all") return "All time";
  const [from, to] = range.split("..");
  if (from && to) return from === to ? dateLabel(from) : `${dateLabel(from)} – ${dateLabel(to)}`;
  return `Last ${Number.parseInt(range, 10)} days`;
}

const monthDay = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", timeZone: "UTC" });
const monthDayYear = new Intl.DateTimeFormat(undefined, { month: "short", day: "numeric", year: "numeric", timeZone: "UTC" });

function dateLabel(date: string): string {
  const isThisYear = date.slice(0, 4) === new Date().toISOString().slice(0, 4);
  return (isThisYear ? monthDay : monthDayYear).format(serial(date));
}

/** What a bucket is called on an axis: `Oct 6`, `Oct 2026`, `14:00`. Labels are dates or instants, as the API gives them; without an interval, what they say. */
export function bucketLabel(bucket: string, interval: string): string {
  if (interval === "") return bucket;
  if (bucket.length > 10) return bucket.slice(11, 16);
  if (interval === "month") return new Intl.DateTimeFormat(undefined, { month: "short", year: "numeric", timeZone: "UTC" }).format(serial(bucket));
  return dateLabel(bucket);
}

/** At most `most` parts of a range, each of as many days but the last. */
export function partsOf({ from, to }: Dates, most: number): Dates[] {
  const days = Math.ceil(daysIn({ from, to }) / most);
  const parts: Dates[] = [];
  for (let day = from; day <= to; day = addDays(day, days)) parts.push({ from: day, to: addDays(day, days - 1) < to ? addDays(day, days - 1) : to });
  return parts;
}
/** A duration such as `7d` or `90m` in days, rounded up. */
export function daysOf(duration: string): number {
  const [, number = "0", unit = "d"] = /^(\d+)([smhdw])$/.exec(duration) ?? [];
  return Math.ceil((Number(number) * { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 }[unit]!) / 86_400);
}

/** The first day behind a bucket. */
export function dayBehind(bucket: string, interval: string): string {
  if (interval !== "month") return addDays(bucket.slice(0, 10), interval === "week" ? 7 : 1);
  const [year = 0, month = 0] = bucket.split("-").map(Number);
  return new Date(Date.UTC(year, month, 1)).toISOString().slice(0, 10);
}
/** What a bucket covers of a range, as questions have it: days, the last one included, or instants. */
export function spanOf(buckets: string[], bucket: string, interval: string, { from, to }: Dates): Dates {
  const next = buckets[buckets.indexOf(bucket) + 1];
  if (bucket.length > 10) return { from: bucket, to: next ?? new Date(Date.parse(bucket) + (interval === "hour" ? 3_600_000 : 60_000)).toISOString() };
  const last = addDays(dayBehind(bucket, interval), -1);
  return { from: bucket > from ? bucket : from, to: last < to ? last : to };
}
/** Which buckets of days are over on that day. */
export const completeBuckets = (buckets: string[], interval: string, day: string): boolean[] => buckets.map((bucket) => dayBehind(bucket, interval) <= day);

/** The interval that shows a range best. */
export function naturalInterval(dates: Dates): string {
  const days = daysIn(dates);
  return days <= 2 ? "hour" : days <= 100 ? "day" : days <= 400 ? "week" : "month";
}
