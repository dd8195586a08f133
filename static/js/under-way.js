/* What was sent and not answered when its page left may still be written, and the answer reaches no page. Until it must have
   come, the page on the screen asks by itself whether it is still true, and tells the others: this tab's next page, or another
   tab. While nothing is under way nothing is asked, and asking renews nothing. */

import { ask } from "./look-again.js";
import { forget, forgetAnswered, isAnyUnderWay, isNote, note } from "./unanswered.js";

const EVERY_MS = 600;
const fetched = new Set();
let timer, isForm, isLost;

function watch() {
  clearTimeout(timer);
  if (document.hidden || fetched.size || isForm || !isAnyUnderWay()) return; // the page that sent it waits for its answer
  timer = setTimeout(() => ask().catch(() => {}).finally(watch), EVERY_MS);
}

document.addEventListener("htmx:config:request", ({ detail: { ctx } }) => {
  // It goes on when the page leaves, and its cookies are kept; browsers refuse more than 64 kB.
  if (ctx.request.method !== "GET" && `${ctx.request.body}`.length < 50_000) ctx.request.keepalive = true;
});
document.addEventListener("htmx:before:request", ({ detail: { ctx } }) => {
  if (ctx.request.method === "GET") return;
  fetched.add(ctx);
  note();
});
// The connection is gone, and with it the answer.
document.addEventListener("htmx:error", ({ detail: { ctx } }) => (isLost ||= fetched.has(ctx)));
document.addEventListener("htmx:finally:request", ({ detail: { ctx } }) => {
  if (!fetched.delete(ctx) || fetched.size) return;
  if (!isLost) forget();
  watch();
});
addEventListener("submit", (event) => {
  setTimeout(() => {
    if (event.target.method !== "post" || event.defaultPrevented) return;
    isForm = true;
    note(true);
  });
});

addEventListener("pagehide", () => clearTimeout(timer));
addEventListener("pageshow", ({ persisted }) => {
  if (!persisted) forgetAnswered();
  isForm = false;
  fetched.clear();
  watch();
});
addEventListener("storage", (event) => isNote(event) && watch());
document.addEventListener("visibilitychange", watch);
