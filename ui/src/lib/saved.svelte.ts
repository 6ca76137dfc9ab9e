import { ApiError, failureOf, get, request, type Answer, type SavedAnnotation, type SavedDashboard, type SavedQuestion } from "./api";
import { app } from "./app.svelte";

type Saved = SavedQuestion | SavedDashboard | SavedAnnotation;
/** What people write of an item; the rest is the server's. */
type Content<T extends Saved> = Omit<T, "id" | "version" | "created_at" | "updated_at" | "updated_by">;

/** A change that came too late: what is there now, and what was to be. */
export interface Conflict<T extends Saved> {
  theirs: T;
  mine: Content<T> | null; // null: it was to be deleted
}

/** The saved items of one kind of the project on screen. */
export class Shelf<T extends Saved> {
  items = $state.raw<T[]>([]);
  isLoaded = $state(false);
  refused = $state.raw<ApiError | null>(null);
  /** Why the items could not be loaded. */
  failure = $state.raw<ApiError | null>(null);
  conflict = $state.raw<Conflict<T> | null>(null);
  readonly #path: string;
  #loaded = "";
  refusal = $derived(this.refused?.words ?? "");

  constructor(kind: "questions" | "dashboards" | "annotations") {
    this.#path = `/api/v1/${kind}`;
  }

  /** Call it in an effect: loads once for each project and each refresh of the page. */
  follow(): void {
    const wanted = `${app.view.project} ${app.refreshes}`;
    if (this.#loaded === wanted) return;
    this.#loaded = wanted;
    void this.load();
  }
  load = async (): Promise<void> => {
    const asked = app.view.project;
    try {
      const { data } = await get<T[]>(`${this.#path}?limit=1000`);
      if (asked !== app.view.project) return;
      this.items = data;
      this.isLoaded = true;
      this.failure = null;
    } catch (cause) {
      if (!(cause instanceof ApiError)) throw cause;
      this.failure = cause;
      app.failed(cause);
    }
  };
  add(content: Content<T>): Promise<T | null> {
    return this.#change("POST", null, content);
  }
  replace(item: T, content: Content<T>): Promise<T | null> {
    return this.#change("PUT", item, content);
  }
  async remove(item: T): Promise<void> {
    await this.#change("DELETE", item, null);
  }
  /** Writes over what others did meanwhile, or leaves it. */
  async settle(isMine: boolean): Promise<void> {
    const conflict = this.conflict;
    this.conflict = null;
    if (!conflict || !isMine) return;
    await this.#change(conflict.mine ? "PUT" : "DELETE", conflict.theirs, conflict.mine);
  }

  async #change(method: string, item: T | null, content: Content<T> | null): Promise<T | null> {
    this.refused = null;
    try {
      const path = item ? `${this.#path}/${item.id}` : this.#path;
      const answer = await request<Answer<T> | undefined>(method, path, content ?? undefined, undefined, item ? { "If-Match": `"${item.version}"` } : {});
      await this.load();
      return answer?.data ?? null;
    } catch (cause) {
      if (cause instanceof ApiError && cause.status === 412) {
        this.conflict = { theirs: cause.current as T, mine: content };
        await this.load();
      } else app.failed((this.refused = failureOf(cause)));
      return null;
    }
  }
}

export const questions = new Shelf<SavedQuestion>("questions");
export const dashboards = new Shelf<SavedDashboard>("dashboards");
export const annotations = new Shelf<SavedAnnotation>("annotations");
