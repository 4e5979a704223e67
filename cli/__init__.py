"""The `amends` command: thin. What a service offers is found only where that service is installed."""
