// Open the large picture in a dialog: <a data-zoom href="large.webp">. Without scripts the link opens the picture.
document.addEventListener("click", (event) => {
  const link = event.target.closest("[data-zoom]");
  if (!link) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "zoom";
  dialog.setAttribute("aria-label", link.dataset.zoom);
  const image = document.createElement("img");
  image.src = link.href;
  image.alt = link.dataset.zoom;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "btn smb";
  close.textContent = link.dataset.close || "Close";
  close.addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
  dialog.addEventListener("close", () => dialog.remove());
  dialog.append(image, close);
  document.body.append(dialog);
  dialog.showModal();
});
