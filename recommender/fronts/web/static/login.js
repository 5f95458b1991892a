// The login: sends the token once, and is given a cookie in its place.
import { send } from "./api.js";

const form = document.querySelector("#login");
form.addEventListener("submit", async (event) => {
  event.preventDefault();
  try {
    await send("POST", "/login", { token: form.token.value });
    location.assign("/");
  } catch (problem) {
    document.querySelector("#wrong").textContent = `${problem.message}; ${problem.remedy}.`;
  }
});
