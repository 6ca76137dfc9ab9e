import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Meta = Schemas["Meta"];
export type ExperimentResult = Schemas["ExperimentResult"];
export type Project = Schemas["Project"];
export type Key = Schemas["Key"];
export type QuarantineItem = Schemas["QuarantineItem"];
export type AuditEntry = Schemas["AuditEntry"];
export type LedgerRow = Schemas["LedgerRow"];
export type Health = Schemas["Health"];
export type SavedQuestion = Schemas["SavedQuestion"];
export type SavedDashboard = Schemas["SavedDashboard"];
export type SavedAnnotation = Schemas["SavedAnnotation"];
export type SqlAnswer = Schemas["SqlAnswer"];

/** A refusal or failure, as the API words it. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly pointer: string,
    readonly requestId: string,
    readonly retryAfter: number | null,
    /** After a change that came too late: what is there now. */
    readonly current: unknown = null,
  ) {
    super(message);
  }
  /** What was refused, and why. */
  get words(): string {
    return `${this.pointer} ${this.message}`.trim();
  }
  /** The server could not be reached at all. */
  get isOffline(): boolean {
    return this.status === 0;
  }
}

/** What went wrong, whatever it was. */
export const failureOf = (cause: unknown): ApiError => (cause instanceof ApiError ? cause : new ApiError(-1, "page", String(cause), "", "", null));

export interface Answer<T> {
  data: T;
  meta: Meta & { next_cursor?: string | null };
}

let project = "default";
/** The project of all requests. */
export function chooseProject(id: string): void {
  project = id;
}
/** What makes a session's cookie count: no other page can send it. */
const PAGE = { "X-Spectrum-Page": "1" };

async function failure(response: Response): Promise<ApiError> {
  let body: { data?: unknown; error?: { code?: string; message?: string; pointer?: string; request_id?: string } } = {};
  try {
    body = await response.json();
  } catch {
    // an answer that is not ours, such as a proxy's
  }
  const { code = "unknown", message = `The server answered ${response.status}.`, pointer = "", request_id = "" } = body.error ?? {};
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  return new ApiError(response.status, code, message, pointer, request_id, retryAfter, body.data ?? null);
}

export async function request<T>(method: string, path: string, body?: unknown, signal?: AbortSignal, more: Record<string, string> = {}): Promise<T> {
  const headers: Record<string, string> = { "X-Project": project, ...PAGE, ...more };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body: body === undefined ? null : JSON.stringify(body), signal: signal ?? null });
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "offline", "The server cannot be reached.", "", "", null);
  }
  if (!response.ok) throw await failure(response);
  return (response.status === 204 ? undefined : await response.json()) as T;
}

/** What is no JSON, such as Prometheus' text. */
export async function getText(path: string): Promise<string> {
  const response = await fetch(path, { headers: PAGE });
  if (!response.ok) throw await failure(response);
  return response.text();
}

/** The text of a stream, as it comes. */
export async function openStream(path: string, signal: AbortSignal): Promise<ReadableStreamDefaultReader<string>> {
  const response = await fetch(path, { headers: { "X-Project": project, Accept: "text/event-stream", ...PAGE }, signal });
  if (!response.ok || !response.body) throw await failure(response);
  return response.body.pipeThrough(new TextDecoderStream()).getReader();
}

export const get = <T>(path: string, signal?: AbortSignal): Promise<Answer<T>> => request("GET", path, undefined, signal);
export const post = <T>(path: string, body: unknown, signal?: AbortSignal): Promise<Answer<T>> => request("POST", path, body, signal);
export const ask = <T>(kind: string, body: unknown, signal?: AbortSignal): Promise<Answer<T>> => post(`/api/v1/query/${kind}`, body, signal);
