"""respond: decides about every mention and answers the customer.

Reads `amends:assessments`, `amends:incidents` and `amends:mentions`, emits `response.*` and `loop.closed`.
Owns the schema `respond`.
"""
