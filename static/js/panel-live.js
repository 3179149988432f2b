// Keeps a proposal's page in a panel's meeting in step with what others do: notes, votes and the saved summary.
// It never touches what somebody is typing and never moves the focus; without it the page works by reloading.
const EVERY = 4000;
const LONGEST = 60000;

export function start(box) {
  const news = box.querySelector("[data-live-state]");
  const warning = box.querySelector("[data-live-warning]");
  const parts = new Map([...box.querySelectorAll("[data-live]")].map((part) => [part.dataset.live, part]));
  const form = box.querySelector("[data-live-form] form");
  let tag = "";
  let wait = EVERY;
  let timer;
  let over = false;

  const warn = (text) => {
    if (warning.textContent !== text) warning.textContent = text;
  };

  async function ask() {
    if (document.hidden || over) return;
    try {
      const response = await fetch(box.dataset.panelLive, {
        headers: tag ? { Accept: "application/json", "If-None-Match": tag } : { Accept: "application/json" },
        credentials: "same-origin",
        cache: "no-store",
      });
      if (response.status === 401) return warn(box.dataset.signedOut);
      if (response.status === 403 || response.status === 404) return close();
      if (!response.ok && response.status !== 304) throw new Error(`the panel answered ${response.status}`);
      if (response.ok) {
        const whole = show(await response.json());
        // What could not be shown yet is asked for again.
        tag = whole ? response.headers.get("ETag") ?? "" : "";
      }
      wait = EVERY;
    } catch {
      wait = Math.min(wait * 2, LONGEST);
    }
    later();
  }

  function later() {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  // A conflict was found, or the role ended: nothing of the proposal stays on the screen.
  function close() {
    over = true;
    for (const part of parts.values()) part.replaceChildren();
    document.querySelectorAll("[data-goes]").forEach((part) => part.remove());
    news.replaceChildren();
    warn(box.dataset.gone);
  }

  function show(answer) {
    const told = addNotes(parts.get("notes"), answer.notes);
    const whole = [told.whole, swap(parts.get("votes"), answer.votes), swap(parts.get("summary"), answer.summary)];
    const fresh = form ? refresh(form, answer.form) : true;
    // Put in anew each time: a second note of the same person is news again.
    if (told.names.length === 1) news.replaceChildren(box.dataset.one.replace("{name}", told.names[0]));
    else if (told.names.length > 1) news.replaceChildren(box.dataset.many.replace("{n}", told.names.length));
    if (answer.state !== box.dataset.state) warn(box.dataset.moved);
    else warn(fresh ? "" : box.dataset.stale);
    return whole.every(Boolean) && fresh;
  }

  document.addEventListener("visibilitychange", () => { if (!document.hidden) ask(); });
  later();
}

function parsed(html) {
  const template = document.createElement("template");
  template.innerHTML = html;
  return template.content;
}

// Notes are only ever added or struck, so each is compared by itself: the others stay as they are.
function addNotes(part, html) {
  const list = part.querySelector("[data-notes]");
  const names = [];
  let whole = true;
  const wanted = parsed(html).querySelectorAll("[data-notes] > li[id]");
  if (wanted.length) list.querySelector(".none")?.remove();
  for (const item of wanted) {
    const known = document.getElementById(item.id);
    if (!known) {
      list.append(item);
      if (!("own" in item.dataset)) {
        item.classList.add("fresh");
        names.push(item.dataset.by);
      }
    } else if (bare(known) !== bare(item)) {
      if (known.contains(document.activeElement)) whole = false;
      else known.replaceWith(item);
    }
  }
  return { names, whole };
}

function bare(item) {
  const copy = item.cloneNode(true);
  copy.classList.remove("fresh");
  if (!copy.getAttribute("class")) copy.removeAttribute("class");
  return copy.outerHTML;
}

function swap(part, html) {
  const content = parsed(html);
  const shown = document.createElement("div");
  shown.append(content.cloneNode(true));
  if (part.innerHTML.trim() === shown.innerHTML.trim()) return true;
  if (part.contains(document.activeElement)) return false;
  part.replaceChildren(content);
  return true;
}

// The form of the summary takes over what was saved only while nobody has touched it; whether it is up to date.
function refresh(form, saved) {
  const version = form.elements.version;
  if (Number(version.value) === saved.version) return true;
  const touched = [...form.elements].some((field) =>
    field.type === "radio" ? field.checked !== field.defaultChecked : field.type === "textarea" && field.value !== field.defaultValue);
  if (touched) return false;
  if (form.contains(document.activeElement)) return false;
  version.value = saved.version;
  for (const field of form.elements) {
    if (field.type === "textarea" && field.name === "summary") field.value = field.defaultValue = saved.summary;
    if (field.type === "radio") field.checked = field.defaultChecked = field.value === saved.recommendation;
  }
  return true;
}
