// A response chosen from the list goes into the text at once; without scripts the button beside it does the same.
// data-snippets names the text.
for (const list of document.querySelectorAll("select[data-snippets]")) {
  const text = list.form.querySelector(`textarea[name="${CSS.escape(list.dataset.snippets)}"]`);
  list.closest(".snippet-row")?.querySelector("button")?.remove();
  list.addEventListener("change", () => {
    const body = list.selectedOptions[0]?.dataset.body;
    if (!body || !text) return;
    const start = text.selectionStart ?? text.value.length;
    const before = text.value.slice(0, start);
    const gap = before && !before.endsWith("\n") ? "\n\n" : "";
    text.value = before + gap + body + text.value.slice(text.selectionEnd ?? start);
    text.dispatchEvent(new Event("input", { bubbles: true }));
    list.value = "";
    text.focus();
  });
}
