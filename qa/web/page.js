// Moves what was asked for into view: the marked sentence in the article, the answer in the chat.
"use strict";

const isNarrow = () => window.matchMedia("(max-width: 760px)").matches;
const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
let shownMark = null;
let shownRows = 0;
let wasChosen = false;

function showMark() {
  const pane = document.querySelector("#source");
  const mark = pane && pane.querySelector("mark.cited");
  if (!mark || mark === shownMark) return;
  shownMark = mark;
  pane.tabIndex = 0; // so that the keyboard can scroll it
  pane.setAttribute("role", "region");
  pane.setAttribute("aria-label", "The article that was quoted");
  const above = mark.getBoundingClientRect().top - pane.getBoundingClientRect().top;
  pane.scrollTop += above - pane.clientHeight / 3;
  if (wasChosen && isNarrow()) {
    const column = pane.closest("#source-column") || pane;
    column.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth" });
  }
  wasChosen = false;
}

function showAnswer() {
  const chat = document.querySelector("#chat .bubble-wrap");
  const rows = chat ? chat.querySelectorAll(".message-row") : [];
  if (rows.length === shownRows) return;
  shownRows = rows.length;
  const asked = chat && [...chat.querySelectorAll(".user-row")].pop();
  if (asked) chat.scrollTop += asked.getBoundingClientRect().top - chat.getBoundingClientRect().top - 8;
}

function nameMessages() {
  // The label that comes with a message is its markup: a screen reader would read that out.
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label*='<']")) {
    message.removeAttribute("aria-label");
  }
}

new MutationObserver(() => {
  showMark();
  showAnswer();
  nameMessages();
}).observe(document.documentElement, { childList: true, subtree: true });

// Only a sentence that the reader chose moves the page itself.
document.addEventListener("click", (event) => {
  wasChosen = event.target.closest("#chat .option, #chat .bot, #citations") !== null;
});
