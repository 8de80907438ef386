"""What a request must be before anything behind it sees it.

Reading order: `routes` (what can be asked of the server), `guard` (what is refused), `bodies` and
`admission` (how much is taken), `login`, `users` and `sessions` (who is asking), `throttle` (how
often something may be tried), `patience` (how long is waited).
"""
