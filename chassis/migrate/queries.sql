-- name: create_record
CREATE TABLE IF NOT EXISTS public.amends_migrations (
    name text PRIMARY KEY,
    checksum text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
);

-- name: lock
-- Held until the connection closes: of several runners one works and the others find nothing to do.
SELECT pg_advisory_lock(hashtextextended('amends_migrations', 0));

-- name: applied
SELECT name, checksum FROM public.amends_migrations ORDER BY name;

-- name: bound_waiting
-- A migration that waits for a lock makes everybody behind it wait too: better to fail and be run again.
SET LOCAL lock_timeout = '5s';

-- name: record
INSERT INTO public.amends_migrations (name, checksum) VALUES ($1, $2);

-- name: role_statements
-- Utility statements take no parameters, so PostgreSQL itself quotes the names and the password.
SELECT format(
    CASE WHEN EXISTS (SELECT FROM pg_roles WHERE rolname = $1::text)
        THEN 'ALTER ROLE %I LOGIN PASSWORD %L'
        ELSE 'CREATE ROLE %I LOGIN PASSWORD %L NOSUPERUSER NOCREATEDB NOCREATEROLE'
    END, $1::text, $2::text);

-- name: schema_statements
SELECT format(template, schema.nspname, $1::text)
FROM pg_namespace AS schema
CROSS JOIN LATERAL unnest(ARRAY[
    'GRANT USAGE ON SCHEMA %1$I TO %2$I',
    'GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %1$I TO %2$I',
    'GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA %1$I TO %2$I'
]) AS template
WHERE schema.nspname = ANY($2::text[]);

-- name: audit_statements
-- What happened stays as it was written.
SELECT format('REVOKE UPDATE, DELETE, TRUNCATE ON %I.%I FROM %I', schemaname, tablename, $1::text)
FROM pg_tables
WHERE tablename = 'audit' AND schemaname = ANY($2::text[]);
