// Scan codes on a phone: <form data-scanner> with inputs [data-scan]. A keyboard scanner types and sends Enter: we go
// to the next field and send the form after the last. Where the browser reads barcodes, the camera fills the field.
for (const form of document.querySelectorAll("form[data-scanner]")) {
  const fields = [...form.querySelectorAll("input[data-scan]")];
  const next = (field) => fields[fields.indexOf(field) + 1];
  if (fields[0] && !form.querySelector("[data-focus]")) fields[0].focus();
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !fields.includes(event.target)) return;
    const after = next(event.target);
    if (!after) return;
    event.preventDefault();
    after.focus();
  });
  form.addEventListener("submit", () => {
    for (const button of form.querySelectorAll("button:not([type=button])")) button.setAttribute("aria-disabled", "true");
  });
  const box = form.querySelector("[data-camera]");
  if (!box || !("BarcodeDetector" in window) || !navigator.mediaDevices) continue;
  box.hidden = false;
  box.querySelector("[data-camera-on]").addEventListener("click", async (event) => {
    event.currentTarget.hidden = true;
    const video = box.querySelector("video");
    const reader = new BarcodeDetector();
    video.srcObject = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    await video.play();
    let last = "";
    const look = async () => {
      if (!video.srcObject) return;
      const [found] = await reader.detect(video).catch(() => []);
      const field = fields.find((input) => !input.value);
      if (found && field && found.rawValue !== last) { last = found.rawValue; field.value = last; next(field)?.focus(); }
      if (field) setTimeout(look, 200); else for (const track of video.srcObject.getTracks()) track.stop();
    };
    look();
  });
}
