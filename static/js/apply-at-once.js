// Choosing from a list applies it; the button stays for everyone else.
export function start(form) {
  form.querySelectorAll("select").forEach((select) => {
    select.addEventListener("change", () => form.requestSubmit());
  });
}
