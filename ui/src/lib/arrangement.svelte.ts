import type { SavedDashboard } from "./api";
import { placed, sent, type Placed } from "./board";
import { dashboards } from "./saved.svelte";

interface Content {
  name: string;
  panels: Placed[];
}

/** A dashboard under somebody's hands: every change is on screen at once and saved by itself, the newest last. */
export class Arrangement {
  readonly #shown: () => SavedDashboard | null;
  /** What is not saved yet. */
  #draft = $state.raw<Content | null>(null);
  #past = $state.raw<Content[]>([]);
  /** The dashboard that these are of, and its version after the last change from here: undoing a change of somebody else would lose it. */
  #id = $state(0);
  #version = $state(0);
  #isSaving = $state(false);

  constructor(shown: () => SavedDashboard | null) {
    this.#shown = shown;
  }

  content = $derived.by((): Content => {
    const saved = this.#shown();
    const draft = saved?.id === this.#id ? this.#draft : null;
    return draft ?? { name: saved?.name ?? "", panels: (saved?.panels ?? []).map(placed) };
  });
  isSaving = $derived(this.#isSaving);
  canUndo = $derived.by(() => {
    const shown = this.#shown();
    return this.#past.length > 0 && shown?.id === this.#id && (this.#isSaving || shown.version === this.#version);
  });

  change(changes: Partial<Content>): void {
    const before = this.content;
    this.#past = [...(this.canUndo ? this.#past : []), before];
    this.#id = this.#shown()?.id ?? 0;
    this.#draft = { ...before, ...changes };
    void this.#save();
  }
  undo(): void {
    const before = this.#past.at(-1);
    if (!this.canUndo || !before) return;
    this.#past = this.#past.slice(0, -1);
    this.#draft = before;
    void this.#save();
  }

  /** One request at a time: what is changed meanwhile is sent with the next one. */
  async #save(): Promise<void> {
    let base = this.#shown();
    if (this.#isSaving || !base) return;
    this.#isSaving = true;
    while (this.#draft && base) {
      const wanted: Content = this.#draft;
      base = await dashboards.replace(base, { name: wanted.name, panels: wanted.panels.map(sent) });
      // Refused or too late: the shelf says which, and shows what is there.
      if (!base) this.#past = [];
      if (!base || this.#draft === wanted) this.#draft = null;
    }
    this.#version = base?.version ?? 0;
    this.#isSaving = false;
  }
}
