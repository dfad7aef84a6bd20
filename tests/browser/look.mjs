// Opens pages in a real Chromium, narrow and wide, in light and dark, and says what is wrong with them:
//
//     node tests/browser/look.mjs [--screenshots FOLDER] PAGE.html…
//
// A page must say nothing on the console, ask for nothing, be no wider than the window, have letters that stand out from
// what is behind them, links that lead somewhere, and work by keyboard and on paper. The exit code is 0 where all is well,
// 1 where something is not, and 77 where there is no Chromium: in $CHROMIUM, else the first of its usual names on the path.
//
// Chromium is driven through a pipe by its DevTools protocol (https://chromedevtools.github.io/devtools-protocol/), so
// nothing but Node.js is needed.

import { spawn } from "node:child_process";
import { accessSync, constants, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, delimiter, dirname, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";

const WIDTHS = [400, 1600];
const SCHEMES = ["light", "dark"];
const NO_BROWSER = 77;

const [pages, shots] = options(process.argv.slice(2));
const program = find();
if (!program) {
  console.log("SKIPPED: there is no Chromium; install it, or name it in $CHROMIUM");
  process.exit(NO_BROWSER);
}
const profile = mkdtempSync(join(tmpdir(), "purvey-browser-"));
const browser = start(program, profile);
const faults = [];
try {
  for (const page of pages) for (const scheme of SCHEMES) for (const width of WIDTHS) await look(page, scheme, width);
} finally {
  await browser.stop();
  rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
}
for (const fault of faults) console.log(`FAULT: ${fault}`);
console.log(`looked at ${pages.length} pages, ${faults.length} faults`);
process.exitCode = faults.length === 0 && pages.length > 0 ? 0 : 1;

function options(words) {
  const pages = [];
  let shots = null;
  for (let at = 0; at < words.length; at += 1) {
    if (words[at] === "--screenshots") shots = words[(at += 1)];
    else pages.push(words[at]);
  }
  if (pages.length === 0) {
    console.error("name the pages to look at: node tests/browser/look.mjs [--screenshots FOLDER] PAGE.html…");
    process.exit(2);
  }
  if (shots) mkdirSync(shots, { recursive: true });
  return [pages, shots];
}

function find() {
  if (process.env.CHROMIUM) return process.env.CHROMIUM;
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];
  const folders = (process.env.PATH ?? "").split(delimiter);
  const is_there = (path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  };
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(is_there);
}

// Starts Chromium; `send` asks it something, `heard` gets what it says by itself.
function start(program, profile) {
  const flags = ["--headless=new", "--remote-debugging-pipe", `--user-data-dir=${profile}`, "--no-first-run", "--disable-gpu"];
  flags.push("--disable-dev-shm-usage", "--hide-scrollbars", "--force-color-profile=srgb");
  // The sandbox of Chromium does not run as root, as which jobs of a CI often do.
  if (process.getuid?.() === 0) flags.push("--no-sandbox");
  const child = spawn(program, flags, { stdio: ["ignore", "ignore", "ignore", "pipe", "pipe"] });
  const waiting = new Map();
  const listeners = new Set();
  let next = 0;
  let rest = "";
  let is_over = false;
  const gone = new Promise((resolve) => child.once("exit", resolve));
  const give_up = (why) => {
    is_over = true;
    for (const { reject } of waiting.values()) reject(new Error(why));
    waiting.clear();
  };
  child.once("error", (error) => give_up(`${program} cannot be started: ${error.message}`));
  child.once("exit", (code) => give_up(`${program} ended by itself with ${code}`));
  child.stdio[3].on("error", () => {});
  child.stdio[4].on("data", (data) => {
    const messages = (rest + data).split("\0");
    rest = messages.pop();
    for (const message of messages.map((text) => JSON.parse(text))) {
      const asked = waiting.get(message.id);
      waiting.delete(message.id);
      if (!asked) for (const listener of listeners) listener(message);
      else if (message.error) asked.reject(new Error(`${asked.method}: ${message.error.message}`));
      else asked.resolve(message.result);
    }
  });
  const send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      if (is_over) return reject(new Error(`${program} has ended`));
      waiting.set((next += 1), { resolve, reject, method });
      child.stdio[3].write(`${JSON.stringify({ id: next, method, params, sessionId })}\0`);
    });
  return {
    send,
    listeners,
    async stop() {
      await send("Browser.close").catch(() => child.kill());
      await gone;
    },
  };
}

async function look(page, scheme, width) {
  const url = pathToFileURL(resolve(page)).href;
  const name = `${basename(dirname(resolve(page, "..")))}-${basename(page, ".html")}`;
  const wrong = (what) => faults.push(`${page} (${scheme}, ${width} wide): ${what}`);
  const { targetId } = await browser.send("Target.createTarget", { url: "about:blank" });
  const { sessionId } = await browser.send("Target.attachToTarget", { targetId, flatten: true });
  const send = (method, params) => browser.send(method, params, sessionId);
  const loaded = Promise.withResolvers ? Promise.withResolvers() : deferred();
  const hear = ({ method, params, sessionId: of }) => {
    if (of !== sessionId) return;
    if (method === "Page.loadEventFired") loaded.resolve();
    if (method === "Log.entryAdded") wrong(`console: ${params.entry.text}`);
    if (method === "Runtime.consoleAPICalled") wrong(`console: ${params.args.map((word) => word.value).join(" ")}`);
    if (method === "Runtime.exceptionThrown") wrong(`exception: ${params.exceptionDetails.exception?.description}`);
    if (method === "Network.requestWillBeSent" && params.request.url !== url) wrong(`asks for ${params.request.url}`);
  };
  browser.listeners.add(hear);
  for (const domain of ["Page", "Log", "Runtime", "Network"]) await send(`${domain}.enable`);
  await send("Emulation.setDeviceMetricsOverride", { width, height: 900, deviceScaleFactor: 1, mobile: false });
  await send("Emulation.setEmulatedMedia", { features: [{ name: "prefers-color-scheme", value: scheme }] });
  await send("Page.navigate", { url });
  await loaded.promise;
  const ask = async (what) => {
    const { result, exceptionDetails } = await send("Runtime.evaluate", { expression: `(${what})()`, returnByValue: true });
    if (exceptionDetails) throw new Error(exceptionDetails.exception?.description ?? exceptionDetails.text);
    return result.value;
  };
  const shoot = async (kind) => {
    if (!shots) return;
    const { cssContentSize: size } = await send("Page.getLayoutMetrics");
    const clip = { x: 0, y: 0, width, height: Math.min(size.height, 8000), scale: 1 };
    const { data } = await send("Page.captureScreenshot", { clip, captureBeyondViewport: true });
    writeFileSync(join(shots, `${name}-${scheme}-${width}${kind}.png`), Buffer.from(data, "base64"));
  };

  await shoot("");
  await send("Input.dispatchKeyEvent", { type: "keyDown", key: "Tab", code: "Tab", windowsVirtualKeyCode: 9 });
  if ((await ask(() => document.activeElement.className)) !== "skip") wrong("the first key leads not to the content");
  for (const fault of await ask(whole)) wrong(fault);
  for (const fault of await ask(by_keyboard)) wrong(fault);
  await ask(() => dispatchEvent(new Event("beforeprint")));
  const { data } = await send("Page.printToPDF", { printBackground: true });
  if (!Buffer.from(data, "base64").subarray(0, 5).equals(Buffer.from("%PDF-"))) wrong("cannot be printed");
  for (const fault of await ask(unfolded)) wrong(fault);
  await shoot("-unfolded");
  browser.listeners.delete(hear);
  await browser.send("Target.closeTarget", { targetId });
}

function deferred() {
  const parts = {};
  parts.promise = new Promise((resolve, reject) => Object.assign(parts, { resolve, reject }));
  return parts;
}

// The functions below run in the page.

// What is wrong with the page as it is opened, unfolded for a moment so that all of it can be looked at.
function whole() {
  const faults = [];
  const all = (selector) => [...document.querySelectorAll(selector)];
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`is ${wide} wide`);
  if (!document.title || all("h1").length !== 1) faults.push("has no title, or not one heading");
  const ids = new Set();
  for (const { id } of all("[id]")) {
    if (ids.has(id)) faults.push(`has the id ${id} twice`);
    ids.add(id);
  }
  for (const link of all("a[href]")) {
    const to = link.getAttribute("href");
    if (to.startsWith("#") ? !ids.has(to.slice(1)) : !/^https?:/.test(to)) faults.push(`a link leads to ${to}, which is not there`);
  }
  const closed = all("details:not([open])");
  for (const part of closed) part.open = true;

  // Contrast, as https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio has it; level AA wants 4.5, and 3 for large letters.
  const channels = (colour) => (colour.match(/[\d.]+/g) ?? []).map(Number);
  const part = (value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4);
  const light = ([red, green, blue]) => 0.2126 * part(red) + 0.7152 * part(green) + 0.0722 * part(blue);
  const behind = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = channels(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const seen = new Set();
  for (const element of all("body *:not(script, style, svg *)")) {
    const has_text = [...element.childNodes].some((node) => node.nodeType === Node.TEXT_NODE && node.data.trim());
    if (!has_text || element.closest("[hidden]") || element.closest(".unseen") || !element.checkVisibility()) continue;
    const style = getComputedStyle(element);
    const lights = [light(channels(style.color)), light(behind(element))].sort((one, other) => other - one);
    const contrast = (lights[0] + 0.05) / (lights[1] + 0.05);
    const size = parseFloat(style.fontSize);
    const is_large = size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700);
    const name = `${element.tagName.toLowerCase()}.${element.className}`;
    if (contrast < (is_large ? 3 : 4.5) && !seen.has(name)) faults.push(`${name} has a contrast of ${contrast.toFixed(2)}`);
    seen.add(name);
  }
  for (const part of closed) part.open = false;
  return faults;
}

// What keys cannot do: each table that scrolls is reached by them, and search by typing finds.
function by_keyboard() {
  const faults = [];
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  for (const box of all(".scroll, .graph")) {
    if (box.tabIndex !== 0 || !box.getAttribute("aria-label")) faults.push("a table that scrolls cannot be reached by keys");
  }
  for (const find of all(".find[data-for]")) {
    const input = find.querySelector("input");
    const entries = all(`[data-list="${find.dataset.for}"] [data-name]`);
    const shown = () => entries.filter((entry) => !entry.hidden).length;
    const type = (text) => {
      input.value = text;
      input.dispatchEvent(new Event("input"));
    };
    const name = entries.at(-1).dataset.name;
    type(name);
    if (shown() === 0 || shown() === entries.length) faults.push(`search for ${name} shows ${shown()} of ${entries.length}`);
    type("no such name anywhere");
    if (shown() !== 0) faults.push("search for what is not there shows something");
    type("");
    if (shown() !== entries.length) faults.push("search for nothing does not show all");
  }
  const folded = document.querySelector("details[id]:not([open])");
  if (folded) {
    location.hash = folded.id;
    dispatchEvent(new HashChangeEvent("hashchange"));
    if (!folded.open) faults.push("a link into what is folded does not unfold it");
    folded.open = false;
    history.replaceState(null, "", location.pathname);
  }
  scrollTo(0, 0);
  return faults;
}

// What is wrong when everything is unfolded, as it is on paper.
function unfolded() {
  const faults = [];
  if (document.querySelector("details:not([open])")) faults.push("something is folded on paper");
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`is ${wide} wide when it is unfolded`);
  return faults;
}
