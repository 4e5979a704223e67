"""What every service needs to run, with no word of the domain in it.

bus (read, retry, dead-letter) · inbox and outbox in one `Work` · relay and sweep · timers · dispatch ·
settings · observability · http · service (puts it all together).
"""
