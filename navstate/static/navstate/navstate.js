/* A page that comes back asks whether it is still true. One person's is out of sight until then. */

import { hangUp, headers, listen, place, step, tell } from "./entries.js";
import { refresh } from "./refresh.js";

const { classList, dataset } = document.documentElement;
const changes = () => dataset.navShown?.split(".")[2];
let running, box, known, isAway, again;

function hide() {
  if (dataset.navShown) classList.add("nav-hidden");
}

function sayUnreachable() {
  classList.add("nav-unreachable");
  clearTimeout(again);
  again = setTimeout(() => document.hidden || (box && check()), 5000);
  if (box) return;
  box = document.getElementById("nav-offline").content.firstElementChild.cloneNode(true);
  box.onclick = () => check();
  document.body.append(box);
}

/** Where to go, if anywhere. */
async function ask(keepsSeen, isFresh, signal) {
  const isMended = () => isFresh || refresh(keepsSeen, signal);
  if (!dataset.navShown) return void (await isMended());
  const query = new URLSearchParams({ rid: location.pathname + location.search, rev: dataset.navShown });
  const answer = await fetch(`${dataset.navRoute}?${query}`, { headers: headers(), cache: "no-store", signal });
  if (answer.status === 204) return void (keepsSeen || dispatchEvent(new CustomEvent("nav-current", { detail: answer })));
  const { go, how } = await answer.json();
  if (how !== "reload" || !(await isMended())) return new URL(go, location.origin);
}

/** `keepsSeen`: the page was open all the time. `isFresh`: just sent. */
async function check(keepsSeen, isFresh) {
  running?.abort();
  const mine = (running = new AbortController());
  const limit = setTimeout(() => mine.abort(), 3000);
  if (!isFresh) hide();
  try {
    const go = await (window.navAsk ?? ask)(keepsSeen, isFresh, mine.signal);
    if (running !== mine) return;
    if (go) return (keepsSeen || dispatchEvent(new CustomEvent("nav-go", { detail: go, cancelable: true }))) && location.replace(go);
    classList.remove("nav-hidden", "nav-unreachable");
    box = box?.remove();
    known = changes();
    document.body.dispatchEvent(new Event("nav-refresh"));
  } catch {
    if (running === mine && dataset.navShown) sayUnreachable();
  } finally {
    clearTimeout(limit);
  }
}

const { navigationType, from, entry } = window.navigation?.activation ?? {};
place(navigationType === "traverse" ? entry.index - (from ?? entry).index : +(navigationType !== "replace"));
step();
listen((news) => {
  if (news === known) return;
  known = news;
  check(true);
});
known = changes();
if (known) tell(known);

document.addEventListener("DOMContentLoaded", () => {
  const [{ type, transferSize }] = performance.getEntriesByType("navigation"); // not known before
  if (type === "back_forward") check(false, transferSize > 0);
});
addEventListener("pagehide", () => {
  running = running?.abort(); // or Firefox would not keep the page
  isAway = true;
  hide();
  hangUp();
});
addEventListener("pageshow", ({ persisted }) => {
  isAway = false;
  if (!persisted) return;
  listen();
  place(false);
  step();
  check();
});
addEventListener("popstate", () => {
  place(true);
  step();
  if (!(window.htmx && history.state?.htmx)) check(); // htmx fetches the page itself
});
addEventListener("online", () => box && check());
document.addEventListener("visibilitychange", () => isAway || document.hidden || check(true));

window.navigation?.addEventListener("currententrychange", ({ navigationType: how }) => {
  if (how === "push" || (how === "replace" && !history.state?.nav)) place(how === "push");
});
