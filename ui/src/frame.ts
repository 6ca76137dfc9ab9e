/** The frame as a text, for the page as it is before its scripts run (see first-paint.ts). */
import { render } from "svelte/server";

import Frame from "./parts/Frame.svelte";

export const frame = render(Frame).body;
