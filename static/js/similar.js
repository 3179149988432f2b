// While a title is typed, shows proposals that look like it: {"items": [{"title", "url", "detail"}]}.
const PAUSE = 500;
const SHORTEST = 4;

export function start(input) {
  const box = document.createElement("div");
  box.className = "similar";
  box.hidden = true;
  box.setAttribute("aria-live", "polite");
  (input.closest(".affixed") ?? input).after(box);

  let timer;
  let asked = 0;
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(look, PAUSE);
  });

  async function look() {
    const text = input.value.trim();
    const turn = ++asked;
    if (text.length < SHORTEST) return show(box, input, []);
    const address = new URL(input.dataset.similar, location.href);
    address.searchParams.set("q", text.slice(0, 200));
    try {
      const response = await fetch(address, { headers: { Accept: "application/json" }, credentials: "same-origin" });
      if (!response.ok || turn !== asked) return;
      show(box, input, (await response.json()).items ?? []);
    } catch {
      // Only a help: without an answer nothing is shown.
    }
  }
}

function show(box, input, items) {
  box.replaceChildren();
  box.hidden = items.length === 0;
  if (!items.length) return;
  const heading = document.createElement("p");
  heading.textContent = items.length === 1 ? input.dataset.similarOne : input.dataset.similarMany;
  const list = document.createElement("ul");
  for (const item of items) list.append(entry(item));
  box.append(heading, list);
}

function entry(item) {
  const row = document.createElement("li");
  if (item.url && new URL(item.url, location.href).origin === location.origin) {
    const link = document.createElement("a");
    link.href = item.url;
    link.textContent = item.title;
    row.append(link);
  } else {
    row.append(item.title);
  }
  if (item.detail) {
    const detail = document.createElement("small");
    detail.textContent = item.detail;
    row.append(detail);
  }
  return row;
}
