// What the server says of itself, asked once.
import { send } from "./api.js";

let told = null;
export const about = () => (told ??= send("GET", "/about.json").catch((problem) => { told = null; throw problem; }));
export const go = (path) => document.dispatchEvent(new CustomEvent("go", { detail: path }));
