import { untrack } from "svelte";

import { ApiError, failureOf, type Answer, type Meta } from "./api";
import { app } from "./app.svelte";
import { refuse } from "./refused.svelte";

/** What a panel shows: the newest answer to its question. The old one stays on screen until the new one is here. */
export class Resource<T> {
  data = $state.raw<T | null>(null);
  meta = $state.raw<Answer<T>["meta"] | null>(null);
  error = $state.raw<ApiError | null>(null);
  loading = $state(false);
  /** When the question that is being asked was sent; milliseconds. */
  since = $state(0);
  /** The answer on screen is to an earlier question. */
  outdated = $state(false);
  #asked = "";
  #running: AbortController | null = null;
  readonly #ask: () => { key: unknown; run: (signal: AbortSignal) => Promise<Answer<T>> } | null;

  /** `ask` is run again when what it reads changes, and on every refresh of the page; null: nothing to ask yet. */
  constructor(ask: () => { key: unknown; run: (signal: AbortSignal) => Promise<Answer<T>> } | null) {
    this.#ask = ask;
    $effect(() => {
      void app.refreshes;
      const question = this.#ask();
      untrack(() => (question ? this.#start(JSON.stringify(question.key), question.run) : undefined));
      return () => this.#running?.abort();
    });
    $effect(() => refuse(this.error));
  }

  retry = (): void => {
    const question = this.#ask();
    if (question) this.#start(JSON.stringify(question.key), question.run);
  };

  cancel = (): void => {
    this.#running?.abort();
    this.error = new ApiError(-1, "cancelled", "Cancelled.", "", "", null);
    this.#settle();
  };

  #start(key: string, run: (signal: AbortSignal) => Promise<Answer<T>>): void {
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    this.loading = true;
    this.since = Date.now();
    this.outdated = this.data !== null && key !== this.#asked;
    this.#asked = key;
    run(controller.signal).then(
      (answer) => {
        if (controller.signal.aborted) return;
        this.data = answer.data;
        this.meta = answer.meta;
        this.error = null;
        this.#settle();
        app.answered(answer.meta as Meta | undefined);
      },
      (cause: unknown) => {
        if (controller.signal.aborted) return;
        this.error = failureOf(cause);
        this.#settle();
        app.failed(this.error);
      },
    );
  }

  #settle(): void {
    this.loading = false;
    this.outdated = false;
  }
}
