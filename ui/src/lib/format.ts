import { preferences } from "./preferences.svelte";

const plain = new Intl.NumberFormat();
const compactNumber = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });
const few = new Intl.NumberFormat(undefined, { maximumFractionDigits: 2 });
const oneDigit = new Intl.NumberFormat(undefined, { minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** What the API sends as a number: large integers come as text. */
export type Numeric = number | string | null | undefined;
export const toNumber = (value: Numeric): number | null => (value === null || value === undefined ? null : Number(value));

export const NONE = "–";
const MINUS = "−";
/** What people read has a true minus sign; files, addresses and inputs have the hyphen that machines know. */
export const signed = (text: string): string => text.replaceAll("-", MINUS);
export const unsigned = (text: string): string => text.replaceAll(MINUS, "-");
const write = (format: Intl.NumberFormat, value: number): string => signed(format.format(value));
/** From here on numbers may be shortened, for those who want that. */
const LONG = 10_000;
const isShortened = (value: number): boolean => preferences.numbers === "short" && Math.abs(value) >= LONG;
function written(value: Numeric, format: Intl.NumberFormat): string {
  const number = toNumber(value);
  return number === null ? NONE : isShortened(number) ? compact(number) : write(format, number);
}
export const integer = (value: Numeric): string => written(value, plain);
export const decimal = (value: Numeric): string => written(value, few);
export const compact = (value: number): string => write(compactNumber, value);
export const percent = (share: number | null | undefined): string => (share === null || share === undefined ? NONE : `${write(oneDigit, share * 100)}%`);

/** `1.5 GiB`. */
export function bytes(value: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const step = value < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(value) / 10));
  return `${few.format(value / 1024 ** step)} ${units[step]}`;
}

const currencyFormats = new Map<string, Intl.NumberFormat>();
function currencyFormat(currency: string, options?: Intl.NumberFormatOptions): Intl.NumberFormat {
  const key = currency + (options?.notation ?? "");
  const format = currencyFormats.get(key) ?? new Intl.NumberFormat(undefined, { style: "currency", currency, ...options });
  currencyFormats.set(key, format);
  return format;
}
const unitsOf = (currency: string): number => 10 ** (currencyFormat(currency).resolvedOptions().maximumFractionDigits ?? 2);
export const inMajor = (minor: Numeric, currency: string): number | null => (toNumber(minor) === null ? null : toNumber(minor)! / unitsOf(currency));
export const inMinor = (major: number | null, currency: string): number | null => (major === null ? null : major * unitsOf(currency));
/** Amounts come in the smallest unit of their currency. */
export function money(minor: Numeric, currency: string): string {
  const amount = inMajor(minor, currency);
  if (amount === null) return NONE;
  return write(currencyFormat(currency, isShortened(amount) ? { notation: "compact", maximumFractionDigits: 1 } : undefined), amount);
}

export function duration(seconds: number | null | undefined): string {
  if (seconds === null || seconds === undefined) return NONE;
  const whole = Math.round(seconds);
  const [large, small, units] = whole < 60 ? [whole, 0, ["s", ""]] : whole < 3600 ? [whole / 60, whole % 60, ["min", "s"]] : whole < 86_400 ? [whole / 3600, (whole % 3600) / 60, ["h", "min"]] : [whole / 86_400, (whole % 86_400) / 3600, ["d", "h"]];
  const rest = Math.floor(small);
  return `${Math.floor(large)} ${units[0]}${rest > 0 ? ` ${rest} ${units[1]}` : ""}`;
}

/** What follows a `p`: small ones are named by their bound. */
export const probability = (p: number | null | undefined): string => (p === null || p === undefined ? `= ${NONE}` : p < 0.0001 ? "< 0.0001" : `= ${p.toPrecision(2)}`);

export interface Change {
  text: string;
  direction: "up" | "down" | "flat";
}

/** How a value differs from the one before, in percent of it: of nothing, or of less, there are none. */
export function change(now: number | null, before: number | null): Change | null {
  if (now === null || before === null || before <= 0) return null;
  const share = now / before - 1;
  const direction = Math.abs(share) < 0.0005 ? "flat" : share > 0 ? "up" : "down";
  return { text: `${direction === "up" ? "▲" : direction === "down" ? "▼" : ""} ${percent(Math.abs(share))}`.trim(), direction };
}

const relative = new Intl.RelativeTimeFormat(undefined, { numeric: "auto" });
export function ago(instant: string | number, now = Date.now()): string {
  const seconds = Math.min(0, (new Date(instant).getTime() - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 60) return relative.format(Math.round(seconds), "second");
  if (size < 3600) return relative.format(Math.round(seconds / 60), "minute");
  if (size < 86_400) return relative.format(Math.round(seconds / 3600), "hour");
  return relative.format(Math.round(seconds / 86_400), "day");
}

/** The time of day there. */
export const clock = (value: string, zone: string): string => new Intl.DateTimeFormat(undefined, { timeStyle: "short", timeZone: zone }).format(new Date(value));

const instantFormat = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
export const instant = (value: string | number | null | undefined): string => (value ? instantFormat.format(new Date(value)) : NONE);
