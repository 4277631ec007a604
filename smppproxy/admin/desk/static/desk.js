// The desk works without this: it only saves clicks and typing where scripts are on.
"use strict";
for (const table of document.querySelectorAll("form[data-choose] table")) {
  const boxes = [...table.querySelectorAll("tbody input[type=checkbox]")];
  const head = table.querySelector("thead th");
  if (boxes.length < 2 || !head) continue;
  const all = document.createElement("input");
  all.type = "checkbox";
  all.setAttribute("aria-label", "choose all");
  const look = () => {
    const on = boxes.filter((box) => box.checked).length;
    all.checked = on === boxes.length;
    all.indeterminate = on > 0 && on < boxes.length;
  };
  all.addEventListener("change", () => boxes.forEach((box) => { box.checked = all.checked; }));
  boxes.forEach((box) => box.addEventListener("change", look));
  head.replaceChildren(all);
}
