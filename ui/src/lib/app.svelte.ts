import { ApiError, chooseProject, post, request, type Answer, type Meta, type Project } from "./api";
import { compareOf, scopeOf } from "./asked";
import { datesOf, naturalInterval, shifted, spanOf, today, type Dates } from "./range";
import { readView, writeView, type Filter, type View } from "./url";

/** The state of an entry in the browser's history that was made by opening people over the page. */
const DRAWER = "people";

/** What the whole page shares: the view that the address names, how fresh the answers are, and who may see them. */
class App {
  view = $state<View>(readView(location.pathname, location.search));
  refreshes = $state(0);
  projects = $state.raw<Project[]>([]);
  asOf = $state<string | number | null>(null);
  answeredAt = $state<number | null>(null);
  /** Everything received before is counted. */
  completeUntil = $state<string | null>(null);
  /** The range that a chart was zoomed out of. */
  unzoomed = $state<string | null>(null);
  /** A word on what was just done, for a moment. */
  said = $state("");
  isOffline = $state(false);
  needsKey = $state(false);
  isSignedIn = $state(false);
  /** What decides what the page shows and is not in its address: a draft, or what it chose by itself. */
  unsaid = $state.raw<Record<string, string>>({});

  #silence: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    chooseProject(this.view.project);
    addEventListener("popstate", () => this.#adopt(readView(location.pathname, location.search)));
  }

  project = $derived(this.projects.find((one) => one.id === this.view.project) ?? null);
  zone = $derived(this.view.zone || this.project?.timezone || "UTC");
  day = $derived.by(() => (void this.refreshes, today(this.zone)));
  /** The first month with an event; known where the whole time is asked for. */
  firstDay = $state<string | undefined>(undefined);
  dates = $derived<Dates>(this.datesOf(this.view.range));
  interval = $derived(this.view.extra["g"] || naturalInterval(this.dates));
  /** What every question of the page has in common. */
  scope = $derived(scopeOf(this.dates, this.zone, this.view.filters));
  compare = $derived(compareOf(this.view.compare));

  /** Changes the view; `replace` while somebody types. */
  go(changes: Partial<View>, replace = false): void {
    const view = { ...$state.snapshot(this.view), people: null, ignored: [], ...changes } as View;
    if (changes.page && changes.page !== this.view.page && !changes.extra) view.extra = {};
    if (changes.range) this.unzoomed = null;
    // Others of the same answer: what they were opened over stays behind them.
    const state = view.people && this.view.people && replace ? history.state : view.people ? DRAWER : null;
    history[replace ? "replaceState" : "pushState"](state, "", writeView(view));
    this.#adopt(view);
  }
  /** The query string that shows the page as it is now, whatever the page would choose by itself another day. */
  searchToSave(): string {
    return writeView({ ...this.view, people: null, extra: { ...this.view.extra, ...this.unsaid } }).split("?")[1] ?? "";
  }
  /** Changes what belongs to this page; empty removes. */
  set(changes: Record<string, string>, replace = false): void {
    this.go({ extra: { ...this.view.extra, ...changes } }, replace);
  }
  addressOf(changes: Partial<View>): string {
    const extra = changes.page && changes.page !== this.view.page ? (changes.extra ?? {}) : (changes.extra ?? this.view.extra);
    return writeView({ ...this.view, people: null, ...changes, extra });
  }
  step(direction: 1 | -1): void {
    this.go({ range: shifted(this.dates, direction) });
  }
  /** Only the days of these buckets, the last one included. */
  zoom(first: string, last: string, interval: string): void {
    const { from, to } = this.dates;
    const range = `${spanOf([], first.slice(0, 10), interval, this.dates).from}..${spanOf([], last.slice(0, 10), interval, this.dates).to}`;
    if (range === `${from}..${to}`) return this.say("A range has whole days: there is nothing smaller to show.");
    const before = this.unzoomed ?? this.view.range;
    this.go({ range });
    this.unzoomed = before;
  }
  unzoom(): void {
    if (this.unzoomed) this.go({ range: this.unzoomed });
  }
  datesOf(range: string): Dates {
    return datesOf(range, this.day, this.firstDay);
  }
  async findFirstDay(): Promise<void> {
    const { data } = await request<Answer<{ series: { bucket: string; count: number }[] }>>("GET", `/metrics?from=1970-01-01&interval=month&timezone=${encodeURIComponent(this.zone)}`);
    this.firstDay = data.series.find((one) => one.count > 0)?.bucket ?? this.day;
  }
  addFilter(filter: Filter): void {
    const others = this.view.filters.filter((one) => !(one.property === filter.property && one.op === filter.op));
    this.go({ filters: [...others, filter] });
  }
  removeFilter(index: number): void {
    this.go({ filters: this.view.filters.filter((_, i) => i !== index) });
  }

  /** Who is behind a part of an answer. */
  showPeople(kind: string, body: object, select: object): void {
    this.go({ people: { of: { kind, body }, select } });
  }
  /** Back to what they were opened over; a link that began with them has nothing there. */
  hidePeople(): void {
    if (history.state === DRAWER) history.back();
    else this.go({}, true);
  }

  say(text: string): void {
    this.said = text;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => (this.said = ""), 4000);
  }
  async copy(text: string, said: string): Promise<void> {
    await navigator.clipboard.writeText(text);
    this.say(said);
  }
  copyLink = (): Promise<void> => this.copy(location.href, "The link to this view is copied.");
  refresh = (): void => {
    this.refreshes += 1;
  };
  answered(meta: Meta | undefined): void {
    this.isOffline = false;
    if (!meta?.generated_at) return;
    this.answeredAt = Date.now();
    this.asOf = meta.as_of;
    this.completeUntil = meta.complete_until ?? null;
  }
  failed(error: ApiError): void {
    if (error.isOffline) this.isOffline = true;
    if (error.status === 401) this.needsKey = true;
  }
  async signIn(key: string): Promise<void> {
    const { data } = await post<{ project: string }>("/api/v1/session", { key });
    this.isSignedIn = true;
    this.needsKey = false;
    if (this.view.project === "default" && data.project !== "default") this.go({ project: data.project }, true);
    await this.loadProjects();
    this.refresh();
  }
  async signOut(): Promise<void> {
    await request("DELETE", "/api/v1/session");
    this.isSignedIn = false;
    this.needsKey = true;
  }
  /** Keys of one project may not list them: then the address alone says which one it is. */
  async loadProjects(): Promise<void> {
    const list = (headers: Record<string, string> = {}): Promise<Answer<Project[]>> => request("GET", "/api/v1/projects?limit=1000", undefined, undefined, headers);
    try {
      // The one in the address may not be there: then the others are asked for in the name of the first of all.
      const { data } = await list().catch((cause: unknown) => (cause instanceof ApiError && cause.status === 404 ? list({ "X-Project": "default" }) : Promise.reject(cause)));
      this.projects = data;
    } catch (cause) {
      if (!(cause instanceof ApiError) || cause.status !== 403) throw cause;
      this.projects = [];
    }
  }

  #adopt(view: View): void {
    if (view.page !== this.view.page) this.unsaid = {};
    const isOther = view.project !== this.view.project;
    chooseProject(view.project);
    // What stays as it was is asked nothing anew.
    const changed = Object.entries(view).filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(this.view[name as keyof View]));
    Object.assign(this.view, Object.fromEntries(changed));
    if (!isOther) return;
    this.firstDay = undefined;
    this.refresh();
  }
}

export const app = new App();
