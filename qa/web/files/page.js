// What the components cannot do by themselves: the buttons within messages, the panes that fold,
// scrolling to the marked sentence, keys, copying and saving, and what a screen reader is told.
"use strict";

const isNarrow = () => window.matchMedia("(max-width: 760px)").matches;
const isCalm = () => window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const one = (selector) => document.querySelector(selector);
const all = (selector) => [...document.querySelectorAll(selector)];

// Gradio's sign of loading counts the seconds for ever, a frame after the other, once it is gone. So
// frames come slowly while nothing on the page moves.

const LIVELY_MS = 2_000;
const SLOWLY_MS = 250;
const frame = window.requestAnimationFrame.bind(window);
let movedAt = performance.now();

function moves() {
  movedAt = performance.now();
}

window.requestAnimationFrame = (act) => {
  if (performance.now() - movedAt < LIVELY_MS) return frame(act);
  setTimeout(frame, SLOWLY_MS, act);
  return 0;
};
for (const kind of ["input", "keydown", "pointerdown", "pointermove", "wheel"]) {
  window.addEventListener(kind, moves, { capture: true, passive: true });
}

// The buttons within messages: their value is handed to the page.

function press(value) {
  const pressed = one("#pressed textarea, #pressed input");
  if (!pressed) return;
  pressed.value = value;
  pressed.dispatchEvent(new Event("input", { bubbles: true }));
  setTimeout(() => one("#press").click());
}

document.addEventListener("click", (event) => {
  const within = event.target.closest("#chat, #source");
  if (!within) return;
  const button = event.target.closest("button.act");
  if (button) {
    wasChosen = /^(open|cite) /.test(button.value);
    if (button.value.startsWith("edit ")) one("#question textarea").focus();
    press(button.value);
    if (wasChosen && isMarked(chosenBy(button))) showMarkAgain();
    return;
  }
  // A sentence opens as its number does, unless words of it are being selected.
  const sentence = event.target.closest(".quote, .sentence");
  if (sentence && !String(getSelection())) {
    sentence.parentElement.querySelector("button.act.open")?.click();
  }
});

document.addEventListener("click", async (event) => {
  if (!event.target.closest("#who button")) return;
  await fetch("logout", { method: "POST" });
  location.reload();
});

// The panes

function isFolded(name) {
  return document.documentElement.classList.contains(`${name}-folded`);
}

function fold(name, folded) {
  document.documentElement.classList.toggle(`${name}-folded`, folded);
  one(`#fold-${name}`)?.setAttribute("aria-expanded", String(!folded));
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.fold");
  if (button) {
    const name = button.id.replace("fold-", "");
    fold(name, !isFolded(name));
  }
});

if (window.innerWidth < 1100) document.documentElement.classList.add("archive-folded");
if (isNarrow()) document.documentElement.classList.add("source-folded");

// The marked sentence, and the newest answer

let shownMark = null;
let shownReply = null;
let wasChosen = false;

// What opens above or below the article takes of its height.
const resized = new ResizeObserver(() => bringIntoView(shownMark));

function bringIntoView(mark) {
  const article = mark.closest(".article");
  const above = mark.getBoundingClientRect().top - article.getBoundingClientRect().top;
  article.scrollTop += above - article.clientHeight / 3;
}

function showMark() {
  const mark = one("#source mark.cited");
  if (!mark || mark === shownMark) return;
  shownMark = mark;
  if (isFolded("source")) fold("source", false);
  const article = mark.closest(".article");
  article.tabIndex = 0; // so that the keyboard can scroll it
  article.setAttribute("role", "region");
  article.setAttribute("aria-label", "The article that is quoted");
  resized.disconnect();
  resized.observe(article);
  bringIntoView(mark);
  if (wasChosen && isNarrow()) {
    one("#source-pane").scrollIntoView({ behavior: isCalm() ? "auto" : "smooth" });
  }
  if (wasChosen) tell(`${placeText()}${mark.textContent}`);
  wasChosen = false;
}

// What is chosen may be marked already: then nothing on the page changes, and it is shown from here.

function chosenBy(button) {
  const first = button.value.startsWith("cite ");
  const within = first ? button.closest(".reply") : button.parentElement;
  return within.querySelector(".quote, .sentence");
}

function isMarked(sentence) {
  return shownMark?.isConnected && sentence?.textContent === shownMark.textContent;
}

function showMarkAgain() {
  shownMark = null;
  showMark();
}

function placeText() {
  const place = one("#place p");
  return place ? `${place.textContent}: ` : "";
}

function showAnswer() {
  const replies = all("#chat .reply");
  const last = replies[replies.length - 1] ?? null;
  if (last === shownReply) return;
  shownReply = last;
  if (!last) return;
  const chat = one("#chat .bubble-wrap");
  const asked = all("#chat .user-row").at(-1) ?? last;
  chat.scrollTop += asked.getBoundingClientRect().top - chat.getBoundingClientRect().top - 8;
  tell(heardOf(last));
}

// What a screen reader is told: the answer, its sentence, its source, and how sure it is.

function heardOf(reply) {
  const said = (selector) => reply.querySelector(selector)?.textContent.trim() ?? "";
  if (!reply.querySelector(".quote")) return said(".none, .trouble");
  const lead = said(".lead");
  return [
    lead ? `Answer: ${lead}.` : "Answer:",
    `Quoted: ${said(".quote")}`,
    `Source: ${said(".byline")}.`,
    `${said(".confidence")}.`,
  ].join(" ");
}

function tell(text) {
  const heard = one("#heard");
  if (heard && text) heard.textContent = text;
}

// Names and roles that gradio leaves out, or gives in a way that is read out as markup

function name() {
  for (const message of all("#chat [data-testid][aria-label]")) {
    message.removeAttribute("aria-label");
  }
  const log = one("#chat [role=log]");
  if (log && log.getAttribute("aria-live") !== "off") {
    log.setAttribute("aria-live", "off"); // each change redraws it; #heard says what is new
    log.setAttribute("aria-label", "Questions and answers");
    log.tabIndex = 0;
  }
  for (const [id, label] of [
    ["archive-pane", "Archive"],
    ["chat-pane", "Chat"],
    ["source-pane", "Source"],
  ]) {
    const pane = document.getElementById(id);
    if (pane && !pane.hasAttribute("role")) {
      pane.setAttribute("role", "region");
      pane.setAttribute("aria-label", label);
    }
  }
  for (const pane of ["archive", "source"]) {
    const button = one(`#fold-${pane}`);
    if (button && !button.hasAttribute("aria-expanded")) {
      button.setAttribute("aria-expanded", String(!isFolded(pane)));
      button.setAttribute("aria-controls", `${pane}-body`);
    }
  }
  for (const [id, arrow, key] of [["previous", "↑", "ArrowUp"], ["next", "↓", "ArrowDown"]]) {
    const button = document.getElementById(id);
    if (button && !button.title) {
      button.title = `Alt+${arrow}`;
      button.setAttribute("aria-keyshortcuts", `Alt+${key}`);
    }
  }
  for (const group of all("[data-testid=checkbox-group]:not([role])")) {
    group.setAttribute("role", "group");
    const label = group.closest(".block")?.querySelector("[data-testid=block-info]");
    group.setAttribute("aria-label", label?.textContent.trim() ?? "");
  }
  for (const input of all("#after input[type=text], #before input[type=text]")) {
    input.type = "date";
  }
  for (const button of all("#chat button[aria-label='']")) {
    button.setAttribute("aria-label", "To the newest answer");
  }
  for (const button of all("#chat button.act.open:not([aria-label])")) {
    button.setAttribute("aria-label", `Show sentence ${button.textContent} in its article`);
  }
}

let isNaming = false;
let toldProgress = "";

new MutationObserver(() => {
  moves();
  showMark();
  showAnswer();
  tellProgress();
  if (isNaming) return;
  isNaming = true; // once a frame is enough, however much is drawn in it
  frame(() => {
    isNaming = false;
    name();
  });
}).observe(document.documentElement, { childList: true, subtree: true });

// Alt with an arrow steps through the sentences that are cited; Escape goes back to the question.

document.addEventListener("keydown", (event) => {
  const step = { ArrowDown: "#next", ArrowUp: "#previous" }[event.key];
  if (step && event.altKey && !event.target.closest("[role=listbox], [role=combobox]")) {
    const button = one(step);
    if (button) {
      event.preventDefault();
      wasChosen = true;
      button.click();
    }
  } else if (event.key === "Escape" && event.target.closest("#source-pane, #chat")) {
    one("#question textarea")?.focus();
  }
});

document.addEventListener("click", (event) => {
  if (event.target.closest("#next, #previous")) wasChosen = true;
});

// What is copied of an article has its own line breaks, those too that are seen as spaces.

document.addEventListener("copy", (event) => {
  const selection = getSelection();
  if (!selection.rangeCount) return;
  const range = selection.getRangeAt(0);
  const texts = all(".article, .quote, .sentence").filter((text) => range.intersectsNode(text));
  if (texts.length !== 1) return;
  const own = range.cloneRange(); // the end of a paragraph is selected up to what follows it
  if (!texts[0].contains(own.startContainer)) own.setStart(texts[0], 0);
  if (!texts[0].contains(own.endContainer)) own.setEnd(texts[0], texts[0].childNodes.length);
  if (!String(own) || String(own).trim() !== String(range).trim()) return;
  event.clipboardData.setData("text/plain", String(own));
  event.preventDefault();
});

// Copying and saving what stands in a handout

document.addEventListener("click", async (event) => {
  const button = event.target.closest("button.copy-text, button.save-text");
  const handout = button?.closest(".handout");
  if (!handout) return;
  const area = handout.querySelector("textarea");
  if (button.matches(".copy-text")) {
    await copy(area);
    tell("Copied");
    flash(button, "Copied");
  } else {
    save(area.value, handout.querySelector("[data-testid=block-info]")?.textContent.trim());
    tell("Saved");
    flash(button, "Saved");
  }
});

async function copy(area) {
  try {
    await navigator.clipboard.writeText(area.value);
  } catch {
    area.select(); // without https there is no clipboard to write to
    document.execCommand("copy");
  }
}

function save(content, fileName) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type: "text/plain;charset=utf-8" }));
  link.download = fileName || "citation.txt";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

function flash(button, word) {
  const label = button.textContent;
  button.textContent = word;
  setTimeout(() => {
    button.textContent = label;
  }, 1_500);
}

// Many questions: a file of them is read here, and the tables of answers are saved from here.

document.addEventListener("click", (event) => {
  const button = event.target.closest("button.save-file");
  if (button) {
    const content = one(`#${button.id}-content`);
    const bytes = atob(content.querySelector("textarea, input").value);
    const fileName = content.querySelector("[data-testid=block-info]").textContent.trim();
    save(Uint8Array.from(bytes, (byte) => byte.charCodeAt(0)), fileName);
    tell("Saved");
    flash(button, "Saved");
  } else if (event.target.closest("#batch-open")) {
    const chooser = document.createElement("input");
    chooser.type = "file";
    chooser.accept = ".csv,.tsv,.txt,.jsonl";
    chooser.addEventListener("change", async () => {
      const area = one("#batch-questions textarea");
      area.value = decoded(await chooser.files[0].arrayBuffer());
      area.dispatchEvent(new Event("input", { bubbles: true }));
      area.focus();
    });
    chooser.click();
  }
});

function decoded(bytes) {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes); // spreadsheet programs write it yet
  }
}

function tellProgress() {
  const progress = one("#batch-progress p")?.textContent ?? "";
  if (progress === toldProgress || one("#batch-stop")) return;
  toldProgress = progress;
  tell(progress);
}
