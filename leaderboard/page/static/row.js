"use strict";
State.start((found) => {
  const rows = [...document.querySelectorAll("[data-mean]")];
  const chosen = rows.find((row) => row.dataset.mean === found.get("domain")) || rows[0];
  for (const row of rows) row.classList.toggle("chosen", row === chosen);
  document.getElementById("figure").textContent = chosen.querySelector(".mean").textContent;
  document.getElementById("what").textContent = chosen.dataset.what;
});
