/** The files outside web/ that tests and scripts read. */

import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const ROOT = fileURLToPath(new URL("../../..", import.meta.url));

export const README = join(ROOT, "README.md");
export const LICENSE = join(ROOT, "LICENSE");
export const TEMPLATE = join(ROOT, "template.yaml");
export const OPENAPI = join(ROOT, "docs/reference/openapi.json");
export const API_DOCS = join(ROOT, "docs/reference/api.md");
export const CLIENT_DOCS = join(ROOT, "docs/reference/client.md");
export const PICKER_DOCS = join(ROOT, "docs/reference/picker.md");
