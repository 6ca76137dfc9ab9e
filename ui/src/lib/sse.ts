/** One message of a stream of Server-Sent Events. */
export interface Message {
  id: string;
  event: string;
  data: string;
}

/** Takes a stream's text as it comes and hands out whole messages. `lastId` is where to resume. */
export class SseReader {
  lastId = "";
  #rest = "";
  #event = "";
  #data: string[] = [];

  read(text: string): Message[] {
    const messages: Message[] = [];
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      if (line === "") {
        if (this.#data.length > 0) messages.push({ id: this.lastId, event: this.#event || "message", data: this.#data.join("\n") });
        this.#event = "";
        this.#data = [];
        continue;
      }
      const [, name = "", value = ""] = /^([^:]*):? ?(.*)$/.exec(line) ?? [];
      if (name === "id") this.lastId = value;
      else if (name === "event") this.#event = value;
      else if (name === "data") this.#data.push(value);
    }
    return messages;
  }
}
