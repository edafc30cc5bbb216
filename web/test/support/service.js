/** `make run` as a process of its own, on a port and with a state of its own. */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PYTHON = join(ROOT, ".venv", "bin", "python");
const ENVIRONMENT = { ...process.env };
const CURL_LINES = 6; // it prints them last
const START_MILLISECONDS = 30_000;

/**
 * @typedef {object} Service
 * @property {string} url
 * @property {string} engineUrl  where its database and queue are
 * @property {(user: string) => Promise<string>} token  a development token
 * @property {() => Promise<void>} stop  Ctrl-C; the state is kept if its folder was given
 * @property {() => Promise<void>} kill  as when the machine fails
 */

/**
 * Start the service, and return once it answers.
 *
 * @param {{allowOrigins?: string, port?: number, state?: string}} [options] all origins, any free
 *   port, and a state that is forgotten afterwards
 * @returns {Promise<Service>}
 */
export async function startService({ allowOrigins = "*", port = 0, state } = {}) {
  const folder = state ?? (await mkdtemp(join(tmpdir(), "voices-")));
  const options = ["--port", `${port}`, "--state", folder, "--allow-origins", allowOrigins];
  const child = spawn(PYTHON, ["-m", "voices_tools.cli", "run", ...options], {
    cwd: ROOT,
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  const orphan = () => {
    child.kill("SIGKILL"); // its own children notice, and it keeps no state that anybody wants
    if (!state) rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", orphan); // of tests that end before they have stopped it

  /** @param {NodeJS.Signals} signal */
  const end = async (signal) => {
    child.kill(signal);
    const [code] = await exit;
    process.off("exit", orphan);
    if (!state) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    if (signal === "SIGINT" && code) throw new Error(`the service stopped with ${code}`);
  };
  try {
    const [url, engineUrl] = await addresses(child);
    return {
      url,
      engineUrl,
      token,
      stop: () => end("SIGINT"),
      kill: () => end("SIGKILL"),
    };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

/**
 * @param {string} user
 * @returns {Promise<string>} a development token
 */
export async function token(user) {
  const { stdout } = await promisify(execFile)(PYTHON, ["-m", "voices_tools.cli", "token", "--user", user], {
    cwd: ROOT,
    env: ENVIRONMENT,
  });
  return stdout.trim();
}

/**
 * The two addresses that it prints once it serves.
 *
 * @param {import("node:child_process").ChildProcess} child
 * @returns {Promise<string[]>}
 */
function addresses(child) {
  let printed = "";
  return new Promise((resolve, reject) => {
    const refuse = () => reject(new Error(`the service did not start:\n${printed}`));
    const timer = setTimeout(refuse, START_MILLISECONDS);
    child.on("exit", refuse).on("error", reject);
    // Read to the end of its life: a full pipe would stop it.
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        printed += text;
        if (printed.split("\ncurl ").length <= CURL_LINES) return;
        clearTimeout(timer);
        resolve(printed.match(/http:\/\/127\.0\.0\.1:\d+/g)?.slice(0, 2) ?? []);
      });
    }
  });
}
