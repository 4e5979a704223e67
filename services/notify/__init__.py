"""notify: finds who can fix it, and asks until it is fixed.

Reads  amends:assessments (mention.assessed), amends:mentions (mention.edited, mention.deleted)
Emits  amends:incidents (incident.*, insight.raised)
Owns   the schema notify: incidents, their mentions, work orders, merges and splits, insights, reviews, and the audit
       of what owners answered
"""
