"""Everything on one machine without Docker: real PostgreSQL and Valkey out of wheels, and the services around them."""
