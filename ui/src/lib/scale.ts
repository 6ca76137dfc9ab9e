import { range, tickStep } from "d3-array";

/** Maps [from, to] to pixels. */
export function linear([d0, d1]: [number, number], [r0, r1]: [number, number]): (value: number) => number {
  const factor = d1 === d0 ? 0 : (r1 - r0) / (d1 - d0);
  return (value) => r0 + (value - d0) * factor;
}

/** How the lines of the eight colours are told from each other without their colour. */
const DASHES = ["", "", "6 3", "2 3", "8 3 2 3", "", "6 3", "4 4"];
export const dashOf = (color: number): string => DASHES[color - 1] ?? "";

/** An axis that begins at 0 (or below) and ends on a round number, and its ticks. */
export function axis(values: (number | null)[], count = 4): { domain: [number, number]; ticks: number[] } {
  const present = values.filter((value): value is number => value !== null);
  const high = Math.max(0, ...present);
  const low = Math.min(0, ...present);
  if (high === low) return { domain: [0, 1], ticks: [0, 1] };
  const step = tickStep(low, high, count);
  const domain: [number, number] = [Math.floor(low / step) * step, Math.ceil(high / step) * step];
  return { domain, ticks: range(domain[0], domain[1] + step / 2, step) };
}

/** An axis of powers of ten around what is above 0. */
export function logAxis(values: (number | null)[]): { domain: [number, number]; ticks: number[] } {
  const present = values.filter((value): value is number => value !== null && value > 0);
  if (present.length === 0) return { domain: [1, 10], ticks: [1, 10] };
  const low = Math.floor(Math.log10(Math.min(...present)));
  const high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...present))));
  const ticks = Array.from({ length: high - low + 1 }, (_, i) => 10 ** (low + i));
  return { domain: [10 ** low, 10 ** high], ticks };
}

/** At most `most` of `length` places, evenly apart, the first included. */
export function thinned(length: number, most: number): number[] {
  const step = Math.max(1, Math.ceil(length / Math.max(1, most)));
  return Array.from({ length: Math.ceil(length / step) }, (_, i) => i * step);
}
