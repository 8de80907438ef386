"""What a request must be before anything behind it sees it.

Reading order: `routes.py` (what can be asked of the server), `guard.py` (what is refused),
`bodies.py` and `admission.py` (how much is taken), `login.py` (who is asking), `patience.py` (how
long is waited).
"""
