"""Experiments that try to make the archive lose or falsify what it holds.

In reading order: `scenario` (what is added, and what an archive must hold then), `nursery` (a
process for each experiment), `suite` (the table of experiments); then the experiments: `kills`,
`disk` and `faults`, `power`, `shortage`, `damage`, `walk`, `races`, `fuzz`. The tests make some of
each; `python -m tests.reliability` makes all of them, and goes on where it was stopped.
"""
