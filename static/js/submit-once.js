// A second press of the same button sends nothing. The server holds the line with the form's _key;
// this only spares people the doubt.
const AGAIN_AFTER = 8000;

export function start(form) {
  let sent = false;
  const buttons = () => form.querySelectorAll("button[type=submit], button:not([type])");

  const free = () => {
    sent = false;
    buttons().forEach((button) => button.removeAttribute("aria-disabled"));
  };

  form.addEventListener("submit", (event) => {
    if (event.defaultPrevented) return;
    if (sent) {
      event.preventDefault();
      return;
    }
    sent = true;
    buttons().forEach((button) => button.setAttribute("aria-disabled", "true"));
    // A download leaves the page where it is, so the button must come back.
    setTimeout(free, AGAIN_AFTER);
  });
  window.addEventListener("pageshow", free);
}
