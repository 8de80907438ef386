"""What to ask: ways out where there is no answer, and examples that an archive answers well.

Reading order: `suggest` (after a question), `examples` (before one), `demo` (the article that
comes along, and what to ask of it). Whatever is offered after a question has been asked, and was
answered. Leaves out how it is shown (`qa.output`, `qa.web`).
"""
