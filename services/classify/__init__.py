"""classify: says what each mention is, with reasons.

Reads `amends:mentions`, emits `mention.assessed`. Owns the schema `classify`.
"""
