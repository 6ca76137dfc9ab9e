import type { ExperimentResult } from "./api";

/** A verdict in words, and how it is marked. */
export function verdict(result: ExperimentResult): { text: string; tone: "good" | "bad" | "warn" | "soft" } {
  const [, second] = result.variants;
  switch (result.verdict) {
    case "not_enough_data":
      return { text: "Keep running: not enough data", tone: "warn" };
    case "sample_ratio_mismatch":
      return { text: "Do not read: split check failed", tone: "bad" };
    case "significant_better":
      return { text: `${second?.key ?? "treatment"} is better`, tone: "good" };
    case "significant_worse":
      return { text: `${second?.key ?? "treatment"} is worse`, tone: "bad" };
    case "significant_difference":
      return { text: "The variants differ", tone: "good" };
    default:
      return { text: "No significant difference", tone: "soft" };
  }
}
