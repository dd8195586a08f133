/* What htmx swaps in is said aloud and keeps the focus in a sensible place.
   - A new <main>: scroll to its top and focus its heading, as a new page would.
   - Anything smaller: htmx keeps the focus by id; what is marked [data-announce], or a notice, is read out. */

function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

function arrive(main) {
  const place = main.querySelector("h1") ?? main;
  if (!place.hasAttribute("tabindex")) place.tabIndex = -1;
  scrollTo(0, 0);
  place.focus({ preventScroll: true });
}

// The thing that had the focus may be gone (a removed line): stay near instead of falling back to the top of the page.
function keepPlace(scope) {
  if (document.activeElement !== document.body) return;
  scope?.querySelector?.("h1[tabindex], h2[tabindex]")?.focus({ preventScroll: true });
}

// The event comes from the thing that asked. What was swapped in stands where the target was, under the same id.
function swappedIn({ target }) {
  return target?.isConnected ? target : document.getElementById(target?.id ?? "");
}

function isRestoring(ctx) {
  return Boolean(ctx.request?.headers?.["HX-History-Restore-Request"]);
}

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (isRestoring(ctx) || ctx.swap === "none") return;
  const main = document.getElementById("main");
  const isNewMain = ctx.target?.id === "main";
  if (isNewMain && main) arrive(main);
  const scope = isNewMain ? main : swappedIn(ctx) ?? event.target;
  const news = scope?.closest?.("[aria-live]") ? null : scope?.querySelector?.("[data-announce], .notice");
  const spoken = news?.textContent ?? (isNewMain ? ctx.title : "");
  if (spoken) say(spoken.replace(/\s+/g, " ").trim());
  if (!isNewMain) keepPlace(scope);
});
