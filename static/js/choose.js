// Send a form as soon as a choice changes: <form data-live>; its button stays for those without scripts.
document.addEventListener("change", (event) => {
  const form = event.target.closest("form[data-live]");
  if (form && event.target.matches("select,input[type=radio],input[type=checkbox]")) form.requestSubmit();
});
// Close an open menu with Escape or a press outside of it.
const close = (except) => document.querySelectorAll("details.to-d[open]").forEach((d) => { if (d !== except) d.open = false; });
document.addEventListener("keydown", (event) => { if (event.key === "Escape") close(null); });
document.addEventListener("click", (event) => close(event.target.closest("details.to-d")));
