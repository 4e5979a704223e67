-- name: add_to_inbox
-- Whoever wins the insert handles the event; a repeat finds its row and is skipped.
INSERT INTO bus.inbox (consumer, event_id)
SELECT $1::text, event_id FROM unnest($2::uuid[]) AS event_id ORDER BY event_id
ON CONFLICT DO NOTHING
RETURNING event_id;

-- name: add_to_outbox
-- The ids are derived from causes: the same fact twice is one row.
INSERT INTO bus.outbox (service, event_id, stream, type, subject, correlation_id, person, body)
SELECT $1::text, o.*
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::uuid[], $7::text[], $8::bytea[])
    AS o (event_id, stream, type, subject, correlation_id, person, body)
ON CONFLICT (event_id) DO NOTHING;

-- name: start_timers
INSERT INTO bus.timers (service, kind, key, due_at, payload)
SELECT $1::text, n.kind, n.key, n.due_at, n.payload
FROM unnest($2::text[], $3::text[], $4::timestamptz[], $5::jsonb[])
    AS n (kind, key, due_at, payload)
ORDER BY n.kind, n.key
ON CONFLICT (service, kind, key) DO NOTHING;

-- name: cancel_timers
DELETE FROM bus.timers
WHERE service = $1::text AND kind = $2::text AND key = ANY($3::text[]) AND fired_at IS NULL;

-- name: add_dispatches
INSERT INTO bus.dispatches (service, key, adapter, audience, subject, payload, due_at, lane)
SELECT $1::text, d.*
FROM unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[], $7::timestamptz[], $8::smallint[])
    AS d (key, adapter, audience, subject, payload, due_at, lane)
ORDER BY d.key
ON CONFLICT (service, key) DO NOTHING;

-- name: cancel_dispatches
UPDATE bus.dispatches SET status = 'cancelled', settled_at = now()
WHERE service = $1::text AND subject = ANY($2::uuid[]) AND status = 'pending'
RETURNING id, key, adapter, audience, subject, payload, due_at, lane, attempts;
