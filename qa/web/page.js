// Moves what was asked for into view: the marked sentence in the article, the answer in the chat.
"use strict";

const isNarrow = () => window.matchMedia("(max-width: 760px)").matches;
const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
let shownMark = null;
let shownMessages = 0;
let wasChosen = false;

function showMark() {
  const mark = document.querySelector("#source mark.cited");
  if (!mark || mark === shownMark) return;
  shownMark = mark;
  const article = mark.closest(".article");
  article.tabIndex = 0; // so that the keyboard can scroll it
  article.setAttribute("role", "region");
  article.setAttribute("aria-label", "The article that was quoted");
  const above = mark.getBoundingClientRect().top - article.getBoundingClientRect().top;
  article.scrollTop += above - article.clientHeight / 3;
  if (wasChosen && isNarrow()) {
    const column = document.querySelector("#source-column");
    column.scrollIntoView({ behavior: isCalm() ? "auto" : "smooth" });
  }
  wasChosen = false;
}

function showAnswer() {
  const chat = document.querySelector("#chat .bubble-wrap");
  const asked = chat ? chat.querySelectorAll(".user-row") : [];
  const replies = chat ? chat.querySelectorAll(".quote, .none, .trouble") : [];
  const count = asked.length + replies.length;
  if (count === shownMessages) return;
  shownMessages = count;
  if (!asked.length) return;
  const last = asked[asked.length - 1];
  chat.scrollTop += last.getBoundingClientRect().top - chat.getBoundingClientRect().top - 8;
}

function nameThings() {
  // The label that comes with a message is its markup: a screen reader would read that out.
  for (const message of document.querySelectorAll("#chat [data-testid][aria-label*='<']")) {
    message.removeAttribute("aria-label");
  }
  for (const button of document.querySelectorAll("#chat button[aria-label='']")) {
    button.setAttribute("aria-label", "To the newest answer");
  }
}

new MutationObserver(() => {
  showMark();
  showAnswer();
  nameThings();
}).observe(document.documentElement, { childList: true, subtree: true });

// Only a sentence that the reader chose moves the page itself.
document.addEventListener("click", (event) => {
  wasChosen = event.target.closest("#chat .option, #chat .bot, #citations") !== null;
});
