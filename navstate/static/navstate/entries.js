/* Where this tab stands in its history: a hint. */

const own = {};
const me = random();
export let at;
let line, direction = "", seq = 0, answers = 0, heard;

function random() {
  return Math.random().toString(36).slice(2);
}

// Storage may be full or forbidden.
export function recall(name) {
  try {
    return own[name] ?? sessionStorage[name];
  } catch {
    return own[name];
  }
}

export function remember(name, value) {
  try {
    sessionStorage[name] = value;
  } catch {
    own[name] = value;
  }
  return value;
}

const tab = () => recall("nav-tab") || remember("nav-tab", random());
const last = () => +(recall("nav-index") ?? 0);

function stand(entry) {
  direction = ["back", "", "forward"][1 + Math.sign(entry.index - last())];
  at = entry;
  remember("nav-index", at.index);
}

export const where = () => ({ ...at, direction });

/** Stamp a bare entry. `by`: how far from the last one. `also`: what htmx would write over it. */
export function place(by, also) {
  if (history.state?.nav && !also) return stand(history.state.nav);
  at = by || !at ? { id: random(), index: last() + by } : at;
  direction = by < 0 ? "back" : "";
  remember("nav-index", at.index);
  try {
    history.replaceState({ ...history.state, ...also, nav: at }, "");
  } catch {} // too often
}

/** One count for all tabs: Firefox's bfcache keeps an old sessionStorage. */
export function step() {
  try {
    localStorage["nav-seq"] = seq = Math.max(seq, localStorage["nav-seq"] ?? 0) + 1;
  } catch {
    seq += 1;
  }
}

export function headers(isShoppers) {
  return {
    "X-Nav-Tab": tab(),
    "X-Nav-Entry": `${tab()}.${at.index}`,
    ...(direction && { "X-Nav-Direction": direction }),
    ...(isShoppers && { "X-Nav-Seq": `${seq}` }),
  };
}

/* A duplicated tab brings a copy of the name: is it taken? Asked twice, as the page before may still be leaving.
   A message would throw a page out of bfcache: it hangs up. */
function claim() {
  line?.postMessage({ tab: tab(), by: me });
}

export function listen(hear) {
  heard = hear ?? heard;
  line = new BroadcastChannel("nav");
  line.onmessage = ({ data }) => {
    if (data.tab === tab() && data.by !== me) line.postMessage({ taken: data.by });
    if (data.taken === me && ++answers === 2) remember("nav-tab", random());
    if (data.news) heard(data.news);
  };
  claim();
  setTimeout(claim, 300);
}

export function hangUp() {
  remember("nav-left", location.pathname);
  line = line.close();
}

export const tell = (news = random()) => line?.postMessage({ news });
