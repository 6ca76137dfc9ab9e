import { nameOf } from "./questions";
import type { People } from "./url";

/** What the titles need to know of a question, and of the part of its answer that was chosen. */
interface Question {
  interval?: string;
  steps?: { event: string }[];
  series?: { name: string; event: string }[];
}
export interface Selection {
  step?: number;
  outcome?: string;
  series?: string;
  bucket?: string;
  cohort?: string;
  n?: number;
  currency?: string;
  path?: string[];
  breakdown?: string[];
}

const named = (event = ""): string => (event === "*" ? "Any event" : event);
const TITLES: Record<string, (question: Question, select: Selection) => string> = {
  trends: ({ series }, select) => named(series?.find((one) => one.name === select.series)?.event),
  funnel: ({ steps }, { step = 0, outcome }) => `${outcome === "reached" ? "Reached" : "Dropped before"} ${named(steps?.[step - 1]?.event)}`,
  retention: ({ interval = "" }, { n, cohort, outcome }) => `${interval.slice(0, 1).toUpperCase()}${interval.slice(1)} ${n} of ${cohort}${outcome === "lost" ? ", lost" : ""}`,
  revenue: (_, { currency }) => `Buyers, ${currency}`,
  paths: (_, { path }) => path?.join(" → ") ?? "",
};

/** Who they are, in words; an address that somebody wrote may hold anything. */
export function titleOf({ of, select }: People): string {
  try {
    const { breakdown, bucket } = select as Selection;
    return [TITLES[of.kind]?.(of.body as Question, select as Selection), nameOf({ breakdown }), bucket].filter(Boolean).join(", ") || "People";
  } catch {
    return "People";
  }
}
