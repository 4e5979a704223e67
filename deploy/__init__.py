"""How Amends is run: migrations, images, dashboards, the embedded stack and the demo."""
