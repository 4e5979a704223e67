"""respond: decides about every mention and answers the customer.

Reads `amends:assessments`, `amends:incidents` and `amends:mentions`, emits `response.*`, `loop.closed`,
`promise.*`, `goodwill.granted`, `conversation.*` and `idea.*`.
Owns the schema `respond`.
"""
