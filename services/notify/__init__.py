"""notify: finds who can fix it, and asks until it is fixed.

Reads `amends:assessments` and `amends:mentions`, emits `incident.*`. Owns the schema `notify`.
"""
