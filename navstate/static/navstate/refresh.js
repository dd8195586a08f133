/* Takes over what differs from what the server shows: scroll, focus, typed input stay. */

const root = document.documentElement;
const typed = new WeakMap(); // true: words
const served = new WeakMap(); // what the server sent, by our node

addEventListener("input", ({ target: { form, type } }) => {
  if (form) typed.set(form, typed.get(form) || !/num|rad|ch|sel/.test(type));
}, true);
for (const end of ["submit", "reset"]) addEventListener(end, ({ target }) => typed.delete(target), true);

const words = (node) => [...(node.querySelectorAll?.("form") ?? [])].filter((each) => typed.get(each));
const kind = (node) => [node.nodeName, node.id, node.action].join();
const account = (html) => html.dataset.navShown?.split(".")[3];
const parts = (element) => [...element.childNodes].filter(({ nodeType, data }) => nodeType !== 3 || data.trim());
const drop = (nodes) => nodes.forEach((node) => typed.get(node) || node.replaceWith(...words(node)));

export function note(mine, theirs) {
  served.set(mine, theirs);
  mine.childNodes.forEach((node, at) => note(node, theirs.childNodes[at]));
}

function takeAttributes(mine, theirs, names, was = mine) {
  for (const name of [mine, theirs].flatMap((each) => each.getAttributeNames())) {
    const value = theirs.getAttribute(name);
    if (!names.test(name) || was.getAttribute(name) === value) continue;
    if (value === null) mine.removeAttribute(name);
    else mine.setAttribute(name, value);
  }
}

function take(mine, theirs, keepsSeen) {
  const was = served.get(mine);
  if (was?.isEqualNode(theirs)) return;
  if (was) served.set(mine, theirs);
  if (mine.nodeType !== 1) return void (mine.data !== theirs.data && (mine.data = theirs.data));
  if (typed.get(mine) || mine.ariaLive || (keepsSeen && /^nav_/.test(mine.name))) return;
  if (typed.has(mine) && mine.length === theirs.length) return;
  typed.delete(mine); // a row is gone
  takeAttributes(mine, theirs, /^(?!style|tabindex|data-htmx)/, was);
  const ours = parts(mine).filter((node) => !was || served.has(node));
  const news = parts(theirs);
  const due = news.map(kind);
  for (const node of news) {
    drop(ours.splice(0, ours.findIndex((each) => due.includes(kind(each)))));
    if (ours.map(kind)[0] === due.shift()) take(ours.shift(), node, keepsSeen);
    else {
      const copy = mine.insertBefore(node.cloneNode(true), ours[0]);
      if (was) note(copy, node);
    }
  }
  drop(ours);
}

/** False: navigate. `keepsSeen`: forms go on saying what they were drawn from. */
export function takeOver(answer, text, selector, keepsSeen) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const [main, news] = [document, page].map((one) => one.querySelector(selector));
  const isOthers = account(root) && account(root) !== account(page.documentElement);
  if (!answer.ok || answer.redirected || !main || !news || isOthers) return false;
  takeAttributes(root, page.documentElement, /^data-nav/);
  take(main, news, keepsSeen);
  window.htmx?.process(main);
  main.querySelectorAll("form").forEach((form) => typed.has(form) || form.reset());
  document.title = page.title;
  return true;
}

/** For <main>; true where the shopper went on. */
export async function refresh(keepsSeen, signal) {
  const { href } = location;
  const answer = await fetch(href, { cache: "no-cache", signal });
  const text = await answer.text();
  return href !== location.href || takeOver(answer, text, "main", keepsSeen);
}
