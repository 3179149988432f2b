// Posts a form in the background when typing pauses. The server answers JSON:
//   200 {"version": 8, "message": "Saved 10:42 a.m."}    409 someone else saved first    401 signed out
//   200 with "problems" {field: message}: these fields were not saved, all others were
//   any other refusal carries a message that says why; after 403 and 404 there is no use in trying again
// Text that could not be sent is kept in this tab, for this person, and put back after signing in again.
const PAUSE = 2000;
const RETRY = 15000;

export function start(form) {
  const state = form.querySelector("[data-save-state]") ?? addState(form);
  const person = document.body.dataset.person ?? "";
  const key = `unsaved:${person}:${location.pathname}`;
  let timer;
  let underWay = null;
  let changed = 0;
  let stopped = false;
  let signedOut = false;

  const say = (text, trouble = false) => {
    state.textContent = text;
    state.classList.toggle("trouble", trouble);
  };
  const later = (delay) => {
    clearTimeout(timer);
    timer = setTimeout(save, delay);
  };
  const keep = () => {
    try {
      sessionStorage.setItem(key, JSON.stringify(answers(form)));
    } catch {
      // A full or forbidden store: the text is still in the form.
    }
  };

  function save() {
    if (underWay || stopped) return;
    underWay = send().finally(() => { underWay = null; });
  }

  async function send() {
    const seen = changed;
    say(form.dataset.saving);
    try {
      const response = await fetch(form.dataset.autosave, {
        method: "POST",
        body: bodyOf(form),
        headers: { Accept: "application/json", "X-Requested-With": "fetch" },
        credentials: "same-origin",
        redirect: "manual",
      });
      await take(response, seen);
    } catch {
      keep();
      say(form.dataset.offline, true);
      later(RETRY);
    }
  }

  async function take(response, seen) {
    if (response.status === 409) {
      stopped = true;
      say(form.dataset.conflict, true);
    } else if (response.status === 401 || response.type === "opaqueredirect") {
      stopped = signedOut = true;
      keep();
      say(form.dataset.signedOut, true);
    } else if (response.ok) {
      const answer = await response.json();
      const version = form.querySelector("input[name=version]");
      if (version && answer.version !== undefined) version.value = answer.version;
      const problems = answer.problems ?? {};
      mark(form, problems);
      if (Object.keys(problems).length) keep();
      else sessionStorage.removeItem(key);
      say(answer.message ?? "", Object.keys(problems).length > 0);
      if (seen !== changed) later(PAUSE);
      else if (!Object.keys(problems).length) form.dispatchEvent(new CustomEvent("saved"));
    } else {
      const answer = await response.json().catch(() => ({}));
      if (answer.problems) mark(form, answer.problems);
      keep();
      say(answer.message || form.dataset.offline, true);
      if (response.status === 403 || response.status === 404) stopped = true;
      else if (response.status >= 500 || response.status === 429) later(RETRY);
    }
  }

  form.addEventListener("input", () => {
    changed += 1;
    if (!stopped) later(PAUSE);
    else keep();
  });
  // A background save still under way would raise the version, and the form would then collide with itself:
  // the press of the button waits for it. Captured, so that no other listener takes it for sent.
  form.addEventListener("submit", (event) => {
    clearTimeout(timer);
    if (underWay) {
      event.preventDefault();
      event.stopImmediatePropagation();
      const button = event.submitter;
      underWay.finally(() => form.requestSubmit(button));
      return;
    }
    // Signed out, the text goes by way of the sign-in page; until it has arrived it stays here too.
    if (signedOut) keep();
    else sessionStorage.removeItem(key);
  }, { capture: true });
  if (putBack(form, key)) {
    say(form.dataset.restored, true);
    changed += 1;
  }
}

// The message of each field that could not be saved stands above it, as it would after Save.
function mark(form, problems) {
  for (const old of form.querySelectorAll("[data-unsaved]")) old.remove();
  for (const control of form.querySelectorAll("[data-marked]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("data-marked");
  }
  for (const [name, message] of Object.entries(problems)) {
    const control = form.querySelector(`[name="${CSS.escape(name)}"]`);
    if (!control || control.getAttribute("aria-invalid")) continue;
    const words = document.createElement("p");
    words.className = "error-message";
    words.dataset.unsaved = "";
    words.textContent = message;
    (control.closest(".affixed, .choices") ?? control).before(words);
    control.setAttribute("aria-invalid", "true");
    control.dataset.marked = "";
  }
}

function addState(form) {
  const state = document.createElement("p");
  state.className = "save-state";
  state.setAttribute("role", "status");
  form.append(state);
  return state;
}

// Files are sent with the form itself, never in the background. The form's key stays with the form: with it,
// the second save would be taken for a repetition of the first.
function bodyOf(form) {
  const body = new FormData(form);
  body.delete("_key");
  for (const [name, value] of [...body]) {
    if (value instanceof File) body.delete(name);
  }
  return body;
}

function answers(form) {
  return [...bodyOf(form)].filter(([name]) => name !== "csrf_token");
}

// What was typed, without what the page itself adds: text that has arrived meanwhile is not put back.
function said(pairs) {
  return JSON.stringify(pairs.filter(([name]) => name !== "version").map(([name, value]) => [name, value.replace(/\r\n/g, "\n")]));
}

// The version goes back with the text: if someone saved in between, the server answers with both versions.
function putBack(form, key) {
  const kept = sessionStorage.getItem(key);
  if (!kept) return false;
  sessionStorage.removeItem(key);
  const pairs = JSON.parse(kept);
  if (said(pairs) === said(answers(form))) return false;
  const values = new Map();
  for (const [name, value] of pairs) values.set(name, [...(values.get(name) ?? []), value]);
  for (const control of form.elements) {
    if (!control.name || control.type === "file" || control.name === "csrf_token" || control.name === "_key") continue;
    const own = values.get(control.name) ?? [];
    if (control.type === "checkbox" || control.type === "radio") control.checked = own.includes(control.value);
    else if (control.type === "select-multiple") for (const option of control.options) option.selected = own.includes(option.value);
    else if (own.length && control.type !== "submit") control.value = own.shift();
  }
  form.dispatchEvent(new Event("input", { bubbles: true }));
  return true;
}
