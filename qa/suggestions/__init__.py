"""What to ask: ways out where there is no answer, and examples that an archive answers well.

Reading order: `suggest` (after a question), `examples` (before one). Whatever is offered has been
asked, and was answered. Leaves out how it is shown (`qa.output`, `qa.web`).
"""
