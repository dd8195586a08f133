/* What htmx swaps in is said aloud and keeps the focus in a sensible place; what fails is said too.
   - A new <main>: scroll to its top and focus its heading, as a new page would.
   - Anything smaller: htmx keeps the focus by id; [data-announce] inside it is read out.
   - An answer that is not swapped (see noSwap in head.html) shows one sentence and pushes no address. */

function say(text) {
  const live = document.getElementById("live");
  if (live) live.textContent = text;
}

function warn(kind) {
  const trouble = document.getElementById("trouble");
  if (trouble) trouble.textContent = kind ? trouble.dataset[kind] : "";
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

function isRestoring(ctx) {
  return Boolean(ctx.request?.headers?.["HX-History-Restore-Request"]);
}

document.addEventListener("htmx:after:swap", (event) => {
  const { ctx } = event.detail;
  if (ctx.response && ctx.response.status < 400) warn(null);
  if (isRestoring(ctx)) return;
  const main = document.getElementById("main");
  const isNewMain = ctx.target?.id === "main" && ctx.swap !== "none";
  if (isNewMain && main) arrive(main);
  const scope = isNewMain ? main : event.target;
  const spoken = scope?.querySelector?.("[data-announce]")?.textContent ?? (isNewMain ? ctx.title : "");
  if (spoken) say(spoken.trim());
  if (!isNewMain) keepPlace(scope);
});

document.addEventListener("htmx:response:error", (event) => {
  const { ctx } = event.detail;
  if (isRestoring(ctx) || ctx.response.status === 409 || ctx.response.status === 422 || ctx.hx.redirect) return;
  warn(ctx.response.status >= 500 ? "failed" : "refused");
});

document.addEventListener("htmx:error", () => warn(navigator.onLine ? "failed" : "offline"));

document.addEventListener("htmx:before:history:update", (event) => {
  const { response } = event.detail;
  const asked = response?.headers?.get("HX-Replace-Url") ?? response?.headers?.get("HX-Push-Url");
  if (response?.status >= 400 && !asked) event.preventDefault();
});
