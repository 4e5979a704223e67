"""unit: pure · contract: what crosses a border · integration: one part, real servers · e2e: all · chaos: faults."""
