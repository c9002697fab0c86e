"""What the app can find out about itself: each thing is tried, with its own eyes and identity.

A trial is a function that returns a Finding; `trials.trials_of` lists them all, and
`examination.Examination` runs them.
"""
