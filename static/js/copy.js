// Copy a number: <button data-copy="ORD-1">; says so to everybody.
document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(button.dataset.copy);
  const old = button.getAttribute("aria-label");
  button.setAttribute("aria-label", button.dataset.copied || "Copied");
  button.dataset.done = "";
  setTimeout(() => { button.setAttribute("aria-label", old); delete button.dataset.done; }, 2000);
});
