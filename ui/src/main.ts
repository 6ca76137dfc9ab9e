import { mount } from "svelte";

import App from "./App.svelte";
import "./styles.css";

const target = document.getElementById("app")!;
target.replaceChildren();
mount(App, { target });
