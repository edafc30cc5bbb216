/**
 * The local service of `make run` as a separate process, with its own port and state.
 *
 * @import { ChildProcess } from "node:child_process"
 */

import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ROOT } from "./paths.js";

// The command line of the local service.
const PYTHON = join(ROOT, ".venv", "bin", "python");
const COMMAND = ["-m", "voices_tools.cli"];
const OPTIONS = { cwd: ROOT };

const CURL_EXAMPLES = 6; // when the service is ready, it prints these examples last
const START_TIMEOUT_MS = 30_000;

/**
 * @typedef {object} LocalService
 * @property {string} url
 * @property {(user: string) => Promise<string>} token  returns a development token
 * @property {() => Promise<void>} stop  stops the service in the same way as Ctrl-C
 * @property {() => Promise<void>} kill  stops the service in the same way as a crash
 *
 * @typedef {object} LocalServiceOptions
 * @property {string} [allowOrigins]  all by default
 * @property {number} [port]  any free port by default
 * @property {string} [state]  the folder of the state; by default a temporary folder
 */

/**
 * Start the service, and wait until it is ready.
 *
 * @param {LocalServiceOptions} [options]
 * @returns {Promise<LocalService>}
 */
export async function startLocalService({ allowOrigins = "*", port = 0, state } = {}) {
  const folder = state ?? (await mkdtemp(join(tmpdir(), "voices-")));
  const options = ["--port", `${port}`, "--state", folder, "--allow-origins", allowOrigins];
  const child = spawn(PYTHON, [...COMMAND, "run", ...options], {
    ...OPTIONS,
    stdio: ["ignore", "pipe", "pipe"],
  });
  const exit = once(child, "exit");
  const killOrphan = () => {
    child.kill("SIGKILL"); // the child's own child processes then end by themselves
    if (!state) rmSync(folder, { recursive: true, force: true });
  };
  process.once("exit", killOrphan); // for tests that end without stopping the service

  /** @param {NodeJS.Signals} signal */
  const end = async (signal) => {
    child.kill(signal);
    const [code] = await exit;
    process.off("exit", killOrphan);
    if (!state) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    if (signal === "SIGINT" && code) throw new Error(`the service exited with code ${code}`);
  };
  try {
    const url = await whenReady(child);
    return { url, token, stop: () => end("SIGINT"), kill: () => end("SIGKILL") };
  } catch (error) {
    await end("SIGKILL");
    throw error;
  }
}

/** Return a development token from the same command as in `make token`. @param {string} user */
async function token(user) {
  const { stdout } = await promisify(execFile)(
    PYTHON,
    [...COMMAND, "token", "--user", user],
    OPTIONS,
  );
  return stdout.trim();
}

/**
 * Wait until the service is ready, and return its URL.
 *
 * @param {ChildProcess} child
 * @returns {Promise<string>}
 */
function whenReady(child) {
  let printed = "";
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`the service did not start:\n${printed}`));
    const timer = setTimeout(fail, START_TIMEOUT_MS);
    child.on("exit", fail).on("error", reject);
    // Read until the process ends, because a full pipe would block the process.
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text) => {
        printed += text;
        if (printed.split("\ncurl ").length <= CURL_EXAMPLES) return;
        clearTimeout(timer);
        const [url] = printed.match(/http:\/\/127\.0\.0\.1:\d+/) ?? [];
        if (url) resolve(url);
        else fail();
      });
    }
  });
}
