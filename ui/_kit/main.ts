import { mount } from "svelte";

import Kit from "./Kit.svelte";
import "../src/styles.css";

document.documentElement.dir = new URLSearchParams(location.search).get("dir") ?? "ltr";
mount(Kit, { target: document.getElementById("app")! });
