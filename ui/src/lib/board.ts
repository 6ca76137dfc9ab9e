/** Dashboards: panels that follow each other in rows of twelve columns, and the file that one of them is kept in. */
import type { SavedDashboard, SavedQuestion } from "./api";
import { isRange } from "./url";

export const COLUMNS = 12;
export const MOST_ROWS = 12;
const MOST_PANELS = 50;
const MOST_BYTES = 255;
/** Pages whose questions a panel can show. */
export const PANEL_PAGES = ["trends", "funnel", "retention", "revenue", "paths", "sql"];

export interface Placed {
  question: number;
  width: number; // columns
  height: number; // rows
  /** Its own range; empty: that of the page. */
  range: string;
}
const USUAL = { width: 6, height: 4, range: "" };
export const newPanel = (question: number): Placed => ({ question, ...USUAL });

type Sent = SavedDashboard["panels"][number];
export const placed = (panel: Sent): Placed => (typeof panel === "number" ? newPanel(panel) : { ...USUAL, ...panel });
export const sent = ({ range, ...rest }: Placed): Sent => (range ? { ...rest, range } : rest);

/** The panel at `from` at the place `to`, the others in their order. */
export function moved(panels: Placed[], from: number, to: number): Placed[] {
  const others = panels.filter((_, i) => i !== from);
  return [...others.slice(0, to), panels[from]!, ...others.slice(to)];
}
const within = (value: number, most: number): number => Math.min(most, Math.max(1, Math.round(value)));
export const resized = (panels: Placed[], at: number, width: number, height: number): Placed[] =>
  panels.map((one, i) => (i === at ? { ...one, width: within(width, COLUMNS), height: within(height, MOST_ROWS) } : one));

/** What a dashboard is outside of its project: with its questions, not their numbers. */
export interface DashboardFile {
  dashboard: string;
  panels: { question: { name: string; page: string; search: string }; width: number; height: number; range: string }[];
}

export function toFile(name: string, panels: Placed[], questions: Map<number, SavedQuestion>): string {
  const entries = panels.flatMap(({ question, width, height, range }) => {
    const saved = questions.get(question);
    return saved ? [{ question: { name: saved.name, page: saved.page, search: saved.search }, width, height, ...(range ? { range } : {}) }] : [];
  });
  return JSON.stringify({ dashboard: name, panels: entries }, null, 2);
}

type Members = Record<string, unknown>;
const isObject = (value: unknown): value is Members => typeof value === "object" && value !== null && !Array.isArray(value);

/** Reads a file; without a file there are problems, each with its place. */
export function readFile(text: string): { file: DashboardFile | null; problems: string[] } {
  const problems: string[] = [];
  const refuse = (place: string, message: string): void => void problems.push(`${place || "The file"} ${message}.`);
  const known = (object: Members, place: string, names: string[]): void => {
    for (const name of Object.keys(object)) if (!names.includes(name)) refuse(`${place}/${name}`, `is not known: there are ${names.join(", ")}`);
  };
  const textAt = (object: Members, place: string, name: string, least = 1): string => {
    const value = object[name];
    if (typeof value === "string" && value.length >= least && (least === 0 || new TextEncoder().encode(value).length <= MOST_BYTES)) return value;
    refuse(`${place}/${name}`, least === 0 ? "must be a text" : `must be a text of 1 to ${MOST_BYTES} bytes`);
    return "";
  };
  const cells = (object: Members, place: string, name: "width" | "height", most: number): number => {
    const value = object[name] ?? USUAL[name];
    if (typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= most) return value;
    refuse(`${place}/${name}`, `must be an integer from 1 to ${most}`);
    return USUAL[name];
  };
  const rangeAt = (object: Members, place: string): string => {
    const value = object["range"] ?? "";
    if (value === "" || (typeof value === "string" && isRange(value))) return value;
    refuse(`${place}/range`, "must be a range such as 7d, yesterday, mtd or 2026-10-01..2026-10-31");
    return "";
  };
  const questionAt = (object: Members, place: string): DashboardFile["panels"][number]["question"] => {
    const question = object["question"];
    if (!isObject(question)) {
      refuse(place, "must be an object with name, page and search");
      return { name: "", page: "", search: "" };
    }
    known(question, place, ["name", "page", "search"]);
    const page = textAt(question, place, "page");
    if (page && !PANEL_PAGES.includes(page)) refuse(`${place}/page`, `must be one of ${PANEL_PAGES.join(", ")}`);
    return { name: textAt(question, place, "name"), page, search: textAt(question, place, "search", 0) };
  };

  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch (cause) {
    refuse("", `is no JSON: ${cause instanceof Error ? cause.message : ""}`);
    return { file: null, problems };
  }
  if (!isObject(read)) {
    refuse("", "must hold an object with dashboard and panels");
    return { file: null, problems };
  }
  known(read, "", ["dashboard", "panels"]);
  const file: DashboardFile = { dashboard: textAt(read, "", "dashboard"), panels: [] };
  const panels = read["panels"];
  if (!Array.isArray(panels) || panels.length > MOST_PANELS) refuse("/panels", `must be a list of up to ${MOST_PANELS} panels`);
  else {
    for (const [i, panel] of (panels as unknown[]).entries()) {
      const place = `/panels/${i}`;
      if (!isObject(panel)) {
        refuse(place, "must be an object with question, and width, height and range where they matter");
        continue;
      }
      known(panel, place, ["question", "width", "height", "range"]);
      file.panels.push({ question: questionAt(panel, `${place}/question`), width: cells(panel, place, "width", COLUMNS), height: cells(panel, place, "height", MOST_ROWS), range: rangeAt(panel, place) });
    }
  }
  return { file: problems.length === 0 ? file : null, problems };
}
