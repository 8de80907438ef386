"""The patterns of one language, all of them: what questions ask, what sentences hold.

Reading order: `questions` (what a question says), `sentences` (dates, numbers, names, speech),
`entities` (what a name is the name of), `mentions` (what a text speaks of). Leaves out other
languages, and all that is learned (`qa.reading`).
"""
