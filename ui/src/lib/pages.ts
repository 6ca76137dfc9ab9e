/** What a page can be told by the bar on top. */
type Use = "range" | "compare" | "filters" | "save";
export interface Page {
  title: string;
  group: "Explore" | "Data" | "Operate";
  /** After G. */
  key: string;
  uses: Use[];
}

/** By the name in the address; the component of `sql` is pages/Sql.svelte. */
export const PAGES: Record<string, Page> = {
  overview: { title: "Overview", group: "Explore", key: "o", uses: ["range", "compare", "filters"] },
  live: { title: "Live", group: "Explore", key: "l", uses: ["filters"] },
  trends: { title: "Trends", group: "Explore", key: "t", uses: ["range", "compare", "filters", "save"] },
  funnel: { title: "Funnel", group: "Explore", key: "f", uses: ["range", "compare", "filters", "save"] },
  retention: { title: "Retention", group: "Explore", key: "r", uses: ["range", "filters", "save"] },
  revenue: { title: "Revenue", group: "Explore", key: "v", uses: ["range", "compare", "filters", "save"] },
  experiments: { title: "Experiments", group: "Explore", key: "e", uses: ["range"] },
  paths: { title: "Paths", group: "Explore", key: "h", uses: ["range", "filters", "save"] },
  sql: { title: "SQL", group: "Data", key: "s", uses: ["range", "save"] },
  saved: { title: "Saved questions", group: "Data", key: "k", uses: [] },
  dashboards: { title: "Dashboards", group: "Data", key: "b", uses: ["range", "filters"] },
  pipeline: { title: "Pipeline health", group: "Operate", key: "p", uses: [] },
  ledger: { title: "Ledger & quarantine", group: "Operate", key: "q", uses: ["range"] },
  admin: { title: "Admin", group: "Operate", key: "a", uses: [] },
};
export const GROUPS = ["Explore", "Data", "Operate"] as const;
