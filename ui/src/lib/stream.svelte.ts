import { ApiError, openStream } from "./api";
import { app } from "./app.svelte";
import { SseReader, type Message } from "./sse";

const FIRST_WAIT = 1;
const LONGEST_WAIT = 30;
const SILENCE = 20_000;
const FAILURES_BEFORE_POLLING = 3;
const POLL_EVERY = 5000;

/**
 * Listens to the server's stream. A lost connection is tried again after 1 to 30 s, from where it was; after three failures
 * `poll` is called every 5 s meanwhile. Hidden pages do not listen.
 */
export class LiveStream {
  isOpen = $state(false);
  /** When the next try comes, while the connection is lost. */
  retryAt = $state<number | null>(null);
  isPolling = $state(false);
  refusal = $state.raw<ApiError | null>(null);
  #reader = new SseReader();
  #running: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #poller: ReturnType<typeof setInterval> | undefined;
  #failures = 0;
  readonly #query: string;
  readonly #take: (message: Message) => void;
  readonly #poll: () => void;

  /** `query` is that of the address, without the place to resume; `after` is that place. */
  constructor(query: string, after: string, take: (message: Message) => void, poll: () => void) {
    this.#query = query;
    this.#reader.lastId = after;
    this.#take = take;
    this.#poll = poll;
    document.addEventListener("visibilitychange", this.#see);
    this.connect();
  }

  /** Tries now. */
  connect = (): void => {
    clearTimeout(this.#timer);
    this.retryAt = null;
    this.#running?.abort();
    const controller = new AbortController();
    this.#running = controller;
    void this.#listen(controller);
  };
  close(): void {
    document.removeEventListener("visibilitychange", this.#see);
    this.#rest();
  }

  #see = (): void => {
    if (document.hidden) this.#rest();
    else this.connect();
  };
  #rest(): void {
    this.#running?.abort();
    clearTimeout(this.#timer);
    this.#stopPolling();
    this.isOpen = false;
  }

  async #listen(controller: AbortController): Promise<void> {
    let silence: ReturnType<typeof setTimeout> | undefined;
    const isHeard = (): void => {
      clearTimeout(silence);
      silence = setTimeout(() => controller.abort("silence"), SILENCE);
    };
    try {
      const place = this.#reader.lastId ? `&last_event_id=${this.#reader.lastId}` : "";
      isHeard();
      const text = await openStream(`/api/v1/stream?${this.#query}${place}`, controller.signal);
      this.#reached();
      for (;;) {
        const { done, value } = await text.read();
        if (done) break;
        isHeard();
        for (const message of this.#reader.read(value)) this.#take(message);
      }
    } catch (cause) {
      if (cause instanceof ApiError && cause.status >= 400 && cause.status < 500) {
        this.refusal = cause;
        app.failed(cause);
        return;
      }
    } finally {
      clearTimeout(silence);
    }
    if (this.#running === controller && (!controller.signal.aborted || controller.signal.reason === "silence")) this.#lost();
  }
  #reached(): void {
    this.#failures = 0;
    this.isOpen = true;
    this.refusal = null;
    this.#stopPolling();
    app.answered(undefined);
  }
  #lost(): void {
    this.isOpen = false;
    this.#failures += 1;
    if (this.#failures >= FAILURES_BEFORE_POLLING && !this.isPolling) {
      this.isPolling = true;
      this.#poller = setInterval(this.#poll, POLL_EVERY);
    }
    const wait = Math.min(LONGEST_WAIT, FIRST_WAIT * 2 ** (this.#failures - 1)) * 1000;
    this.retryAt = Date.now() + wait;
    this.#timer = setTimeout(this.connect, wait);
  }
  #stopPolling(): void {
    clearInterval(this.#poller);
    this.isPolling = false;
  }
}
