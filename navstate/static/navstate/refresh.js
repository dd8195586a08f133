/* Takes over what the server shows here now, and only what differs: scroll, focus and typed input stay. */

const root = document.documentElement;
const typed = new WeakSet();

addEventListener("input", ({ target }) => target.form && typed.add(target.form), true);
for (const end of ["submit", "reset"]) addEventListener(end, ({ target }) => typed.delete(target), true);

const isTyped = (element) => [element, ...element.querySelectorAll("form")].some((each) => typed.has(each));
const kind = (node) => [node.nodeName, node.id, node.action].join();
const account = (html) => html.dataset.navShown?.split(".")[3];
const parts = (element) => [...element.childNodes].filter(({ nodeType, data }) => nodeType !== 3 || data.trim());
const drop = (nodes) => nodes.forEach((node) => (node.nodeType === 1 && isTyped(node)) || node.remove());

function takeAttributes(mine, theirs, names) {
  for (const name of [mine, theirs].flatMap((each) => each.getAttributeNames())) {
    const value = theirs.getAttribute(name);
    if (!names.test(name) || mine.getAttribute(name) === value) continue;
    if (value === null) mine.removeAttribute(name);
    else mine.setAttribute(name, value);
  }
}

function take(mine, theirs, keepsSeen) {
  if (mine.nodeType !== 1 && mine.data !== theirs.data) mine.data = theirs.data;
  if (mine.nodeType !== 1) return;
  if (typed.has(mine) || mine.ariaLive || (keepsSeen && /^nav_/.test(mine.name))) return;
  takeAttributes(mine, theirs, /^(?!style|tabindex|data-htmx)/);
  const [ours, news] = [mine, theirs].map(parts);
  const due = news.map(kind);
  for (const node of news) {
    drop(ours.splice(0, ours.findIndex((each) => due.includes(kind(each)))));
    if (ours.map(kind)[0] === due.shift()) take(ours.shift(), node, keepsSeen);
    else mine.insertBefore(node, ours[0]);
  }
  drop(ours);
}

/** False when it takes a navigation. `keepsSeen`: forms go on saying what they were drawn from. */
export async function refresh(keepsSeen, signal) {
  const { href } = location;
  const answer = await fetch(href, { cache: "no-cache", signal });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const [main, news] = [document, page].map((one) => one.querySelector("main"));
  const isOthers = account(root) && account(root) !== account(page.documentElement);
  if (href !== location.href) return true; // the shopper went on
  if (!answer.ok || answer.redirected || !main || !news || isOthers) return false;
  takeAttributes(root, page.documentElement, /^data-nav/);
  take(main, news, keepsSeen);
  window.htmx?.process(main);
  main.querySelectorAll("form").forEach((form) => typed.has(form) || form.reset());
  document.title = page.title;
  return true;
}
