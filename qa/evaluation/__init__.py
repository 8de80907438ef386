"""Judged questions → figures, each with its count and interval.

Reading order: `judged_questions` (what is asked, and what is right), `metrics` and `words` (the
formulas), `evaluate` (asks and compares), `report` (tables and JSON), `plots`. Follows SQuAD's and
ranx's measures; leaves out fitting (`qa.training`).
"""
