"""Answers as somebody takes them: words, JSON, a terminal's text, tables, links, citations.

Reading order: `wording` (what is said in words, once), `json`, `terminal`, `table`, `permalink`,
`progress` (how far an `add` is), `cite/` (APA, MLA, BibTeX and the like). Leaves out HTML, which
is the page's (`qa.web`).
"""
