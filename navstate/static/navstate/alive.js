/* Warns before the session ends, and keeps it on a click without leaving the page. Only pages that read the session load this.
   The server is asked each time: another tab may have kept the session, or ended it. Asking renews nothing. What counts is
   the time that the server says is left, not what a clock here shows. */

const MOST = 2 ** 31 - 1; // a longer timer fires at once
const AGAIN = 15_000; // while the warning stands, or the network does not
let known, timer;

function wait(ms) {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.min(Math.max(ms, 1000), MOST));
}

// The page's own warning; a body that was swapped in brings another.
function meet() {
  const found = document.querySelector(".session-warning");
  if (found && found !== known) wait(found.dataset.left - found.dataset.before);
  known = found;
  return found;
}

function show(warning, left) {
  const spare = left - warning.dataset.before;
  const text = warning.querySelector("p");
  const sentence = text.dataset[left ? "ends" : "over"];
  if (spare <= 0 && text.textContent !== sentence) text.textContent = sentence;
  warning.querySelector("button").hidden = !left;
  warning.hidden = spare > 0;
  if (left) wait(spare > 0 ? spare : Math.min(left, AGAIN));
}

async function ask(form) {
  const warning = meet();
  if (!warning) return;
  const options = form
    ? { method: "POST", headers: { Accept: "application/json" } }
    : { method: "HEAD", cache: "no-store" };
  const answer = await fetch(form ? form.action : warning.dataset.ask, options).catch(() => null);
  if (answer?.status === 204 || answer?.status === 401) show(warning, Number(answer.headers.get("X-Session-Left")));
  else wait(AGAIN);
}

addEventListener("submit", (event) => {
  if (!event.target.closest(".session-warning")) return;
  event.preventDefault();
  ask(event.target);
});
addEventListener("pageshow", (event) => event.persisted && ask());
document.addEventListener("visibilitychange", () => document.hidden || ask());
document.addEventListener("htmx:after:swap", meet);
meet();
