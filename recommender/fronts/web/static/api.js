// Requests to the server that this page came from; a failure is a Problem that says what is wrong and what to do.
export class Problem extends Error {
  constructor(status, record) {
    super(record.error || "the server gave no answer");
    this.status = status;
    this.remedy = record.remedy || "";
  }
}

export const API = "/api/v1";

export async function send(method, path, body, signal) {
  const options = { method, signal, headers: { Accept: "application/json" } };
  if (body !== undefined || method === "POST") {
    options.headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body ?? {});
  }
  let answer;
  try {
    answer = await fetch(path, options);
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, { error: "the server does not answer", remedy: "start `recommend serve` again" });
  }
  if (answer.status === 204) return null;
  const record = await answer.json().catch(() => ({}));
  if (answer.status === 401 && path !== "/login") location.assign("/login");
  if (!answer.ok) throw new Problem(answer.status, record);
  return record;
}

export const get = (path, signal) => send("GET", API + path, undefined, signal);
export const put = (path, body) => send("PUT", API + path, body);
export const post = (path, body, signal) => send("POST", API + path, body, signal);
export const remove = (path) => send("DELETE", API + path);

// A path with its parts encoded: an id may hold a slash, which stays.
export const part = (text) => encodeURIComponent(text).replaceAll("%2F", "/");

export function query(values) {
  const pairs = new URLSearchParams();
  for (const [key, value] of Object.entries(values)) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== "" && one !== null && one !== undefined && one !== false) pairs.append(key, one);
    }
  }
  return pairs.size ? `?${pairs}` : "";
}
