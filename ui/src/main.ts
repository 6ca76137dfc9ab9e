import { mount } from "svelte";

import App from "./App.svelte";
import "./styles.css";

// In a task of its own: a slow machine can answer in between.
setTimeout(() => {
  const target = document.getElementById("app")!;
  target.replaceChildren();
  mount(App, { target });
});
