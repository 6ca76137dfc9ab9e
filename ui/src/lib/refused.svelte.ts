import { untrack } from "svelte";
import type { Attachment } from "svelte/attachments";

import type { ApiError } from "./api";

/** What the questions on screen are refused for. */
let refusals = $state.raw<ApiError[]>([]);
let shown = 0;

/** For an effect: while it holds, the fields that wrote what is refused say so. */
export function refuse(error: ApiError | null): (() => void) | undefined {
  if (error?.status !== 400 || !error.pointer) return undefined;
  refusals = [...untrack(() => refusals), error];
  return () => (refusals = refusals.filter((one) => one !== error));
}

/** For a control that writes the part of a question (or of `own`, what a form sent) at `pointer`: what it is refused for stands beside it. */
export const at = (pointer: string, own?: ApiError | null): Attachment<HTMLElement> => (control) => {
  const error = (own === undefined ? refusals : [own]).find((one) => `${one?.pointer}/`.startsWith(`${pointer}/`));
  if (!error) return undefined;
  const words = document.createElement("span");
  words.id = `refused-${(shown += 1)}`;
  words.className = "bad refused";
  words.textContent = error.message;
  (control.closest("label, .menu") ?? control).after(words);
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", words.id);
  return () => {
    words.remove();
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  };
};
