"""A question that leans on the turns before it → a question that stands alone.

Reading order: `focus` (what a conversation is about), `ellipsis` (what a part of a question leaves
out), `rewriting` (the whole way). Follows question rewriting after Elgohary et al. 2019, by rules
of English alone; leaves out what is learned.
"""
