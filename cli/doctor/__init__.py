"""`vod doctor`: examines a running app from outside, with the identity that its user has.

What is seen is kept apart from what it means: some modules ask (fetching, storage, events, canary),
others only judge what was answered and can be tested with literal answers (answers, subscription).
"""
