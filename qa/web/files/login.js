// Sends the form, and shows the page, or what is wrong.
"use strict";

const form = document.querySelector("#login");
const trouble = document.querySelector("#trouble");

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  trouble.textContent = "";
  const button = form.querySelector("button");
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.ok) {
      location.reload();
      return;
    }
    const told = await answer.json().catch(() => ({}));
    trouble.textContent = told.detail || "That did not work; try again.";
  } catch {
    trouble.textContent = "The server cannot be reached.";
  }
  button.disabled = false;
  form.password.select();
});
