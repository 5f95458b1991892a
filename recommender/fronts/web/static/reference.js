// The reference of the API, made from what the server says of itself.
import { send } from "./api.js";
import { add, h } from "./dom.js";

const VERBS = ["get", "put", "post", "delete"];

export async function view(place) {
  const schema = await send("GET", "/openapi.json");
  const every = Object.entries(schema.paths).flatMap(([path, verbs]) => VERBS.filter((verb) => verbs[verb]).map((verb) => ({ path, verb, ...verbs[verb] })));
  const tags = [...new Set(every.map((each) => each.tags?.[0] ?? "other"))];
  add(place,
    h("h1", null, "API"),
    schema.info.description.split("`").map((part, n) => (n % 2 ? h("code", null, part) : part)),
    h("p", { class: "note" }, "As a file: ", h("a", { href: "/openapi.json" }, "openapi.json")),
    h("nav", { "aria-label": "Subjects" }, h("ul", { class: "inline" }, [...tags, "types"].map((tag) => h("li", null, h("a", { href: `#${id(tag)}` }, tag))))),
    tags.map((tag) => h("section", { "aria-labelledby": id(tag) }, h("h2", { id: id(tag) }, tag), every.filter((each) => (each.tags?.[0] ?? "other") === tag).map(route))),
    h("section", { "aria-labelledby": "types" }, h("h2", { id: "types" }, "types"), Object.entries(schema.components.schemas).map(type)));
  if (location.hash) setTimeout(() => document.querySelector(location.hash)?.scrollIntoView());
}

const id = (text) => text.replaceAll(" ", "-");

function route(each) {
  const parameters = each.parameters ?? [];
  const body = each.requestBody?.content["application/json"]?.schema;
  const good = Object.entries(each.responses).find(([status]) => status.startsWith("2"));
  const answer = Object.values(good?.[1].content ?? {})[0]?.schema;
  return h("article", { class: "route" },
    h("h3", null, h("span", { class: "verb" }, each.verb.toUpperCase()), " ", h("code", null, each.path)),
    h("p", null, each.description ?? each.summary),
    parameters.length ? table(parameters.map((one) => [one.name, one.in === "path" ? "in the address" : one.required ? "required" : "", shape(one.schema), one.description ?? one.schema?.description ?? "", one.schema?.default])) : "",
    body ? h("p", null, "Takes ", shape(body)) : "",
    h("p", null, `Answers ${good?.[0] ?? ""} `, answer ? shape(answer) : "without a body"));
}

function type([name, schema]) {
  const fields = Object.entries(schema.properties ?? {});
  const required = new Set(schema.required ?? []);
  return h("article", { class: "route" },
    h("h3", { id: `type-${name}` }, h("code", null, name)),
    schema.description ? h("p", null, schema.description) : "",
    schema.enum ? h("details", null, h("summary", null, `One of ${schema.enum.length}`), h("p", { class: "note" }, schema.enum.join(", "))) : "",
    fields.length ? table(fields.map(([key, one]) => [key, required.has(key) ? "always" : "", shape(one), one.description ?? "", one.default])) : "");
}

function table(rows) {
  return h("dl", { class: "parameters" }, rows.map(([name, needed, kind, about, usual]) => h("div", null,
    h("dt", null, h("code", null, name)), h("dd", null, kind, needed ? ` · ${needed}` : "", usual !== undefined && usual !== null && usual !== "" ? ` · ${JSON.stringify(usual)} if not given` : "", about ? h("span", { class: "about" }, about) : ""))));
}

function shape(schema) {
  if (!schema) return "";
  if (schema.$ref) { const name = schema.$ref.split("/").pop(); return h("a", { href: `#type-${name}` }, name); }
  const arms = schema.anyOf ?? schema.oneOf;
  if (arms) return h("span", null, arms.flatMap((arm, n) => (n ? [" or ", shape(arm)] : [shape(arm)])));
  if (schema.type === "array") return h("span", null, "list of ", shape(schema.items) || "anything");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((one) => JSON.stringify(one)).join(" | ");
  const bounds = [schema.minimum !== undefined ? `from ${schema.minimum}` : "", schema.maximum !== undefined ? `to ${schema.maximum}` : ""].filter(Boolean).join(" ");
  return `${schema.format === "date" ? "day" : schema.type ?? "anything"}${bounds ? ` ${bounds}` : ""}`;
}
