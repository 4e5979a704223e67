"""Makes the weights of both stages out of labelled mentions, and measures them.

Needs requirements/train.in; nothing that runs in a service imports this.
"""
