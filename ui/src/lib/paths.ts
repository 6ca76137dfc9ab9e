/** Paths: what the address asks. */
import type { Extra, Scope } from "./asked";

export function pathsBody(scope: Scope, extra: Extra): object {
  const anchor = extra["k"] || "none";
  return { ...scope, ...(anchor === "none" ? {} : { [anchor]: { event: extra["e"] || "*" } }), steps: Number(extra["n"]) || 5, within: extra["w"] || "30m", limit: 30 };
}
