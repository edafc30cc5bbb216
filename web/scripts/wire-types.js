/**
 * Write the types of the HTTP interface to .types/wire.d.ts, from the OpenAPI document.
 *
 * test/types/wire.ts compares these types with the hand-written types of the client.
 */

import { mkdir, readFile, writeFile } from "node:fs/promises";
import { OPENAPI } from "../test/support/paths.js";

const FOLDER = new URL("../.types/", import.meta.url);

/**
 * The parts of JSON Schema that the OpenAPI document uses.
 *
 * @typedef {object} Schema
 * @property {string} [$ref]
 * @property {unknown} [const]
 * @property {unknown[]} [enum]
 * @property {Schema[]} [allOf]
 * @property {Schema[]} [anyOf]
 * @property {Schema[]} [oneOf]
 * @property {string | string[]} [type]
 * @property {Record<string, Schema>} [properties]
 * @property {string[]} [required]
 * @property {Schema} [items]
 *
 * @typedef {{components: {schemas: Record<string, Schema>}}} OpenApi
 */

const document = /** @type {OpenApi} */ (JSON.parse(await readFile(OPENAPI, "utf8")));
const declarations = Object.entries(document.components.schemas).map(
  ([name, schema]) => `export type ${name} = ${typeOf(schema)};`,
);
await mkdir(FOLDER, { recursive: true });
await writeFile(new URL("wire.d.ts", FOLDER), `${declarations.join("\n")}\n`);

/** Return the TypeScript type of a schema. @param {Schema} schema @returns {string} */
function typeOf(schema) {
  const alternatives = schema.anyOf ?? schema.oneOf;
  if (schema.$ref) return schema.$ref.replace("#/components/schemas/", "");
  if ("const" in schema) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (alternatives) {
    // A best-effort action also accepts invalid values. The client's types allow only valid values.
    const types = alternatives.map(typeOf).filter((type) => type !== "unknown");
    return types.length ? types.join(" | ") : "unknown";
  }
  if (schema.allOf) return schema.allOf.map(typeOf).join(" & ");
  const types = [schema.type ?? []].flat();
  if (types.length === 0) return "unknown";
  return types.map((type) => namedType(type, schema)).join(" | ");
}

/** @param {string} type @param {Schema} schema */
function namedType(type, { properties, required = [], items }) {
  if (type === "integer") return "number";
  if (type === "array") return `(${items ? typeOf(items) : "unknown"})[]`;
  if (type !== "object") return type;
  if (!properties) return "Record<string, unknown>";
  const members = Object.entries(properties).map(([name, schema]) => {
    const mark = required.includes(name) ? "" : "?";
    return `${JSON.stringify(name)}${mark}: ${typeOf(schema)}`;
  });
  return `{ ${members.join("; ")} }`;
}
