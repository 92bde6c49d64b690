// Keys for operators: data-key="j" is pressed or chosen by its key; in a [data-walk] table J and K go from row to row.
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=radio],[type=checkbox]),textarea,select")) return;
  const key = event.key.toLowerCase();
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (target) { event.preventDefault(); target.focus(); target.click(); return; }
  if (key !== "j" && key !== "k") return;
  const rows = [...document.querySelectorAll("[data-walk] [data-row]")];
  if (!rows.length) return;
  const here = rows.indexOf(document.activeElement);
  rows[Math.min(Math.max(here + (key === "j" ? 1 : -1), 0), rows.length - 1)].focus();
});
