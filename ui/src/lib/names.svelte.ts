import { ask, type Answer } from "./api";
import { app } from "./app.svelte";
import type { Properties } from "./questions";
import { Resource } from "./resource.svelte";

/** The events and properties that the project has, for pickers; asked for while they are wanted. Call it while a component is set up. */
export function knownNames(areWanted: () => boolean = () => true): Resource<Properties> {
  return new Resource<Properties>(() => {
    if (!areWanted()) return null;
    const body = { project: app.view.project };
    return { key: body, run: (signal): Promise<Answer<Properties>> => ask("properties", body, signal) };
  });
}
